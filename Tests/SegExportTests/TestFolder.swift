import Foundation
import SegBase
import SegVideo

/// Folders, videos and frames of the tests of this module.
enum TestFolder {
  /// Calls `body` with the path of a new empty folder, which is removed afterwards.
  static func with<Result>(_ body: (String) throws -> Result) throws -> Result {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("segexport-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
  }

  /// The names in a folder in order, hidden ones too.
  static func names(_ folder: String) throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }

  /// A grey picture, brighter with its number.
  static func picture(_ number: Int, size: PixelSize = PixelSize(width: 64, height: 48), format: PixelFormat = .rgba32) -> PixelImage {
    var image = PixelImage(size: size, format: format)
    image.withMutableBytes { bytes in for index in bytes.indices { bytes[index] = UInt8(20 + number * 8) } }
    return image
  }

  /// Writes a video of grey pictures shown at `times` (microseconds), the last for `lastDuration`.
  static func video(_ path: String, times: [Int64], rate: FrameRate = FrameRate(30), lastDuration: Int64) throws {
    let encoder = try VideoEncoder(path: path, size: PixelSize(width: 64, height: 48), frameRate: rate, threads: 1)
    for (index, time) in times.enumerated() {
      let end = index + 1 < times.count ? times[index + 1] : time + lastDuration
      try encoder.append(picture(index), presentationTime: MediaTime(microseconds: time), duration: MediaTime(microseconds: end - time))
    }
    try encoder.finish()
  }

  /// The first frame of a video.
  static func firstFrame(_ location: String) throws -> VideoFrame {
    guard let frame = try VideoSource(location).next() else { throw InputError("no frame", subject: location) }
    return frame
  }

  /// Times of all frames of a video in microseconds.
  static func times(_ source: VideoSource) throws -> [Int64] {
    var times: [Int64] = []
    while let frame = try source.next() { times.append(frame.presentationTime.microseconds) }
    return times
  }

  /// The bytes of a picture.
  static func bytes(_ image: borrowing PixelImage) -> [UInt8] { image.withBytes { Array($0) } }
}
