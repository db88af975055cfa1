import Foundation
import SegBase
import SegModels
import SegVideo

/// Folders with frames and the label maps that a network gives them, for the tests of this module.
enum EvaluationFolder {
  static let size = PixelSize(width: 64, height: 48)

  /// Calls `body` with the path of a new empty folder, which is removed afterwards.
  static func with<Result>(_ body: (String) throws -> Result) throws -> Result {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("segevaluate-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
  }

  /// Makes an empty folder in `folder`.
  static func make(_ name: String, in folder: String) throws -> String {
    try FileManager.default.createDirectory(atPath: folder + "/" + name, withIntermediateDirectories: true)
    return folder + "/" + name
  }

  /// A generator of `count` frames.
  static func clip(_ count: Int) -> String { "lavfi:testsrc2=size=\(size.width)x\(size.height):rate=10:duration=\(Double(count) / 10)" }

  /// A label map of these values.
  static func map(_ values: [UInt8], size: PixelSize) -> PixelImage {
    var image = PixelImage(size: size, format: .gray8)
    image.withMutableBytes { bytes in for index in values.indices { bytes[index] = values[index] } }
    return image
  }

  /// What a network gives the first `count` frames of a video.
  static func predictions(_ model: LoadedModel, _ location: String, count: Int, ignoring: Int? = nil) throws -> [[UInt8]] {
    let source = try VideoSource(location)
    let network = SegmentationModel(model, threads: 1)
    let inputSize = network.inputSize(for: source.information.displaySize)
    var picture = PixelImage(size: inputSize, format: .rgb24)
    var labels = PixelImage(size: inputSize, format: .gray8)
    var result: [[UInt8]] = []
    while result.count < count, let frame = try source.next() {
      try FrameScaler().scale(frame, into: &picture, size: inputSize, format: .rgb24, quality: .accurate)
      var instances: [DetectedInstance] = []
      try network.segment(picture, into: &labels, instances: &instances, ignoring: ignoring)
      result.append(labels.withBytes { Array($0) })
    }
    return result
  }

  /// Writes label maps as 000000.png, ...; with a palette as indexes into it.
  static func write(_ maps: [[UInt8]], palette: [Colour]? = nil, to folder: String) throws {
    for (index, values) in maps.enumerated() {
      try ImageWriter.write(map(values, size: size), palette: palette, to: folder + "/" + String(format: "%06d.png", index))
    }
  }
}
