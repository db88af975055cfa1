import Foundation
import SegBase
import SegVideo

/// Small videos whose frames carry their number, made by the module's own encoder.
enum TestClip {
  static let size = PixelSize(width: 128, height: 48)

  /// A new empty folder, removed by the caller or with the machine's temporary files.
  static func folder() throws -> String {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("segvideo-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
  }

  /// A picture with `number` as eight bright or dark blocks in the upper half, and some detail in the lower.
  static func picture(_ number: Int, format: PixelFormat = .rgb24) -> PixelImage {
    var image = PixelImage(size: size, format: format)
    image.withMutableBytes { bytes in
      for y in 0..<size.height {
        for x in 0..<size.width {
          let bit = UInt8(number >> (x / 16) & 1)
          let value = y < 24 ? 30 + bit * 200 : UInt8((x * 3 + y * 5 + number * 7) & 127) + 60
          for component in 0..<format.bytesPerPixel { bytes[(y * size.width + x) * format.bytesPerPixel + component] = value }
        }
      }
    }
    return image
  }

  /// The number in a frame made of `picture`.
  static func number(_ frame: borrowing VideoFrame) throws -> Int {
    var image = PixelImage(size: size, format: .gray8)
    try FrameScaler().scale(frame, into: &image, size: size, format: .gray8, quality: .accurate)
    return image.withBytes { bytes in (0..<8).reduce(0) { $0 | (bytes[12 * size.width + $1 * 16 + 8] > 128 ? 1 << $1 : 0) } }
  }

  /// Writes a video whose frames are shown at `times` (microseconds), the last for `lastDuration`, and returns its path.
  static func write(times: [Int64], rate: FrameRate = FrameRate(30), lastDuration: Int64? = nil, folder: String, name: String = "clip.mp4") throws -> String {
    let path = folder + "/" + name
    let encoder = try VideoEncoder(path: path, size: size, frameRate: rate, threads: 1)
    for (index, time) in times.enumerated() {
      let end = index + 1 < times.count ? times[index + 1] : lastDuration.map { time + $0 }
      try encoder.append(picture(index), presentationTime: MediaTime(microseconds: time), duration: end.map { MediaTime(microseconds: $0 - time) })
    }
    try encoder.finish()
    return path
  }

  /// Evenly spaced times of `count` frames.
  static func times(_ count: Int, rate: FrameRate = FrameRate(30)) -> [Int64] {
    (0..<count).map { Int64((Double($0) * 1_000_000 / rate.framesPerSecond).rounded()) }
  }

  /// Every frame's number and time until the end.
  static func play(_ source: VideoSource) throws -> [(number: Int, time: Int64, index: Int)] {
    var result: [(number: Int, time: Int64, index: Int)] = []
    while let frame = try source.next() { result.append((try number(frame), frame.presentationTime.microseconds, frame.index)) }
    return result
  }

  /// The next frame's index and time; nil at the end.
  static func next(_ source: VideoSource) throws -> (index: Int, time: Int64)? {
    guard let frame = try source.next() else { return nil }
    return (frame.index, frame.presentationTime.microseconds)
  }
}
