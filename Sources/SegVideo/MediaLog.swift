internal import CFFmpeg
public import Logging
internal import Synchronization

/// Sends FFmpeg's messages to the program's log, so that they never reach the screen: its errors at level debug, its warnings at level trace.
///
/// A damaged file can cause thousands of them; what the user must know is thrown as an `InputError` instead.
public enum MediaLog {
  private static let logger = Mutex(Logger(label: "segplay.ffmpeg"))
  private static let installation: Void = {
    av_log_set_level(AV_LOG_WARNING)
    av_log_set_callback { source, level, format, arguments in
      guard level <= av_log_get_level(), let format else { return }
      MediaLog.write(source, level, format, arguments)
    }
  }()

  /// Replaces FFmpeg's own printing, once for the process; later calls do nothing. Every way of opening something in this module calls it.
  public static func install() { _ = installation }

  /// Uses another logger than the one with the label "segplay.ffmpeg". May be called on any thread.
  public static func use(_ replacement: Logger) {
    install()
    logger.withLock { $0 = replacement }
  }

  private static func write(_ source: UnsafeMutableRawPointer?, _ level: Int32, _ format: UnsafePointer<CChar>, _ arguments: CVaListPointer?) {
    guard let arguments else { return }
    let line = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1024) { buffer in
      buffer.initialize(repeating: 0)
      guard let start = buffer.baseAddress else { return "" }
      var prefix: Int32 = 1
      av_log_format_line2(source, level, format, arguments, start, Int32(buffer.count), &prefix)
      return String(cString: start)
    }
    let words = line.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed()
    let message = Logger.Message(stringLiteral: String(words))
    let current = logger.withLock { $0 }
    current.log(level: level <= AV_LOG_ERROR ? .debug : .trace, message)
  }
}
