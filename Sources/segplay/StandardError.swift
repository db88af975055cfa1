import Foundation

/// The process's standard error, and whether somebody sits before it.
enum StandardError {
  /// Writes text at once.
  static func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }

  /// Whether it is a terminal.
  static var isTerminal: Bool { isatty(2) == 1 }
}
