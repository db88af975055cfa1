import Foundation
internal import SegBase

/// What an evaluation found.
public struct EvaluationReport: Sendable, Encodable {
  /// Mean intersection over union of the classes that occur, 0...1.
  public var meanIntersectionOverUnion: Double
  /// Share of counted pixels whose class is right, 0...1.
  public var pixelAccuracy: Double
  /// Intersection over union by class name; nil for a class that neither occurs nor was predicted. In the order of the network's outputs.
  public var classIntersectionOverUnion: [(name: String, value: Double?)]
  /// Labelled frames that were compared.
  public var frames: Int
  /// Frames by the pass they got.
  public var passes: [String: Int]
  /// Mean time of the network on a frame, with scaling the frame to its input, in milliseconds.
  public var millisecondsPerFrame: Double
  /// The arithmetic of the network: "f32", "bf16" or "int8".
  public var precision: String
  /// What a schedule did; nil where every frame was looked at by itself.
  public var schedule: ScheduleReport?

  init(
    _ matrix: ConfusionMatrix, classes: ClassList, ignoredLabel: Int?, frames: Int, passes: [String: Int], millisecondsPerFrame: Double,
    precision: String, schedule: ScheduleReport? = nil
  ) {
    meanIntersectionOverUnion = matrix.meanIntersectionOverUnion(excluding: ignoredLabel)
    pixelAccuracy = matrix.pixelAccuracy
    classIntersectionOverUnion = zip(classes.names, matrix.classIntersectionOverUnion).enumerated().filter { $0.offset != ignoredLabel }.map {
      (name: $0.element.0, value: $0.element.1)
    }
    (self.frames, self.passes, self.millisecondsPerFrame) = (frames, passes, millisecondsPerFrame)
    (self.precision, self.schedule) = (precision, schedule)
  }

  private enum CodingKeys: String, CodingKey {
    case meanIntersectionOverUnion = "mean_iou"
    case pixelAccuracy = "pixel_accuracy"
    case classIntersectionOverUnion = "class_iou"
    case frames, passes
    case millisecondsPerFrame = "ms_per_frame"
    case precision
  }

  /// Writes the report under the names that other programs read: mean_iou, pixel_accuracy, class_iou, frames, passes, ms_per_frame, precision; and those
  /// of `ScheduleReport` where there is one.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(meanIntersectionOverUnion, forKey: .meanIntersectionOverUnion)
    try container.encode(pixelAccuracy, forKey: .pixelAccuracy)
    try container.encode(Dictionary(classIntersectionOverUnion.map { ($0.name, $0.value) }) { first, _ in first }, forKey: .classIntersectionOverUnion)
    try container.encode(frames, forKey: .frames)
    try container.encode(passes, forKey: .passes)
    try container.encode(millisecondsPerFrame, forKey: .millisecondsPerFrame)
    try container.encode(precision, forKey: .precision)
    try schedule?.encode(to: encoder)
  }

  /// The report as one JSON object with sorted keys.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  /// The report as a table for people.
  public var text: String {
    let percent = { (value: Double) in String(format: "%6.2f %%", value * 100) }
    let width = classIntersectionOverUnion.map(\.name.count).max() ?? 0
    var lines = classIntersectionOverUnion.map { entry in
      entry.name.padding(toLength: max(width, 14), withPad: " ", startingAt: 0) + "  " + (entry.value.map(percent) ?? "     -")
    }
    lines.append("mean IoU        " + percent(meanIntersectionOverUnion))
    lines.append("pixel accuracy  " + percent(pixelAccuracy))
    lines.append("frames          \(frames), " + passes.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", "))
    lines.append(String(format: "network         %.1f ms a frame, %@", millisecondsPerFrame, precision))
    return (lines + (schedule?.lines ?? [])).joined(separator: "\n")
  }
}
