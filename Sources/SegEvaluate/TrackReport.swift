internal import Foundation

/// What an evaluation of carried masks found. Frames whose mask was given are left out.
///
/// JSON: `mean_iou` (over the frames of all videos), `videos` (by name), `frames`, `interval` (null: the first mask only), `ms_per_frame` (scaling, flow and
/// warp).
public struct TrackReport: Sendable, Encodable {
  /// Frames between two given masks; nil where only the first is given.
  public let interval: Int?
  /// Frames that were compared.
  public private(set) var frames = 0
  private var milliseconds = 0.0
  private var sum = 0.0
  private var videos: [(name: String, sum: Double, frames: Int)] = []

  init(interval: Int?) { self.interval = interval }

  mutating func add(_ overlap: Double, of name: String, milliseconds: Double) {
    if videos.last?.name != name { videos.append((name, 0, 0)) }
    videos[videos.count - 1].sum += overlap
    videos[videos.count - 1].frames += 1
    sum += overlap
    frames += 1
    self.milliseconds += milliseconds
  }

  /// Mean intersection over union of the compared frames, 0...1.
  public var meanIntersectionOverUnion: Double { frames == 0 ? 0 : sum / Double(frames) }

  /// The same by video.
  public var byVideo: [(name: String, value: Double)] { videos.map { ($0.name, $0.sum / Double($0.frames)) } }

  /// Mean milliseconds of a frame: scaling, flow and warp.
  public var millisecondsPerFrame: Double { frames == 0 ? 0 : milliseconds / Double(frames) }

  private enum CodingKeys: String, CodingKey {
    case mean = "mean_iou"
    case videos, frames, interval
    case millisecondsPerFrame = "ms_per_frame"
  }

  /// Writes the keys above.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(meanIntersectionOverUnion, forKey: .mean)
    try values.encode(Dictionary(byVideo.map { ($0.name, $0.value) }) { first, _ in first }, forKey: .videos)
    try values.encode(frames, forKey: .frames)
    try values.encode(interval, forKey: .interval)
    try values.encode(millisecondsPerFrame, forKey: .millisecondsPerFrame)
  }

  /// The report as one JSON object with sorted keys.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  /// The report as a table for people.
  public var text: String {
    let width = max(14, videos.map(\.name.count).max() ?? 0)
    let lines = byVideo.map { $0.name.padding(toLength: width, withPad: " ", startingAt: 0) + String(format: "  %6.2f %%", $0.value * 100) }
    let given = interval.map { "a mask every \($0) frames" } ?? "the first mask"
    return
      (lines + [
        String(format: "mean IoU        %6.2f %%", meanIntersectionOverUnion * 100), "frames          \(frames), given \(given)",
        String(format: "propagation     %.1f ms a frame", millisecondsPerFrame),
      ]).joined(separator: "\n")
  }
}
