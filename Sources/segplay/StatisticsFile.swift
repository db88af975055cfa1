import SegBase
import SegSchedule

/// The file of `--stats-json`: a line of JSON for each frame.
struct StatisticsFile: Sendable {
  private let file: LineFile

  /// Begins the file. Throws when it cannot be written.
  init(_ path: String) throws(InputError) { file = try LineFile(path) }

  /// Adds a frame. Throws when it cannot be written.
  func write(_ frame: RecordedFrame) throws(InputError) { try file.write(SignalRecording.line(frame)) }

  /// Gives the file its name: at the end, however it came. Throws when that cannot be done.
  func finish() throws(InputError) { try file.finish() }
}
