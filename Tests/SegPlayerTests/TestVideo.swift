import Foundation
import SegBase
import SegVideo

/// Small videos and waiting, for the tests of this module.
enum TestVideo {
  /// Calls `body` with the path of a new empty folder, which is removed afterwards.
  static func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("segplayer-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
  }

  /// Writes a video of `count` frames, 50 a second, with noise in them.
  static func write(_ count: Int, to path: String) throws {
    let size = PixelSize(width: 64, height: 48)
    let encoder = try VideoEncoder(path: path, size: size, frameRate: FrameRate(50), threads: 1)
    for index in 0..<count {
      var image = PixelImage(size: size, format: .rgb24)
      image.withMutableBytes { bytes in for at in bytes.indices { bytes[at] = UInt8(truncatingIfNeeded: at * 7 &+ index * 31) } }
      try encoder.append(image, presentationTime: time(index), duration: time(1))
    }
    try encoder.finish()
  }

  /// The time of a frame of such a video.
  static func time(_ index: Int) -> MediaTime { MediaTime(microseconds: Int64(index) * 20_000) }

  /// Asks `body` until it gives something, for as long as a slow machine may take.
  static func wait<Value>(_ what: String, for body: () throws -> Value?) throws -> Value {
    let deadline = Date().addingTimeInterval(120)
    while Date() < deadline {
      if let value = try body() { return value }
      usleep(1000)
    }
    throw InputError("did not come", subject: what)
  }
}
