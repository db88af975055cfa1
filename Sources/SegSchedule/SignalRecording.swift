internal import Foundation
public import SegBase

/// The frames of a recording, as JSON lines: what `--stats-json` writes and the simulator reads.
public struct SignalRecording: Sendable, Hashable {
  /// The frames in order of presentation.
  public var frames: [RecordedFrame]

  /// The longest text that is read, in bytes.
  public static let largestSize = 128 << 20
  /// The longest line that is read, in bytes.
  public static let largestLine = 64 << 10
  /// The most frames that are read: five and a half hours at 25 a second.
  public static let largestFrames = 500_000

  /// Makes a recording of frames.
  public init(frames: [RecordedFrame] = []) { self.frames = frames }

  /// Reads JSON lines, one frame a line; empty lines are passed over. `file` is its name for errors.
  /// - Throws: when the text, a line or the number of frames is too large, or for the first line that is no frame.
  public init(_ bytes: [UInt8], file: String) throws(InputError) {
    if bytes.count > Self.largestSize { throw InputError("larger than a recording can be", subject: file, advice: "at most \(Self.largestSize >> 20) MiB") }
    let decoder = JSONDecoder()
    var frames: [RecordedFrame] = []
    var start = 0
    var line = 0
    while start < bytes.count {
      line += 1
      let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
      defer { start = end + 1 }
      let isBlank = bytes[start..<end].allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
      if isBlank { continue }
      if end - start > Self.largestLine { throw InputError("line too long for a recorded frame", subject: "\(file):\(line)") }
      if frames.count == Self.largestFrames {
        throw InputError("more frames than a recording can have", subject: file, advice: "at most \(Self.largestFrames)")
      }
      do {
        frames.append(try decoder.decode(RecordedFrame.self, from: Data(bytes[start..<end])))
      } catch {
        throw InputError("not a recorded frame", subject: "\(file):\(line)", advice: "each line is a JSON object with at least frame and time")
      }
    }
    self.frames = frames
  }

  /// One line of the recording, without the line break.
  public static func line(_ frame: RecordedFrame) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    // Every number that is written is finite, and nothing else of a frame can fail to encode.
    guard let data = try? encoder.encode(frame) else { return "{}" }
    return String(decoding: data, as: UTF8.self)
  }
}
