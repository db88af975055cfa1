import ArgumentParser
import SegBase

/// Times as people write them: "12.5", "1:02", "1:02:03.5".
enum ClockTime {
  /// Reads a time of at least zero.
  /// - Throws: `ValidationError` when the text is not one.
  static func parse(_ text: String) throws -> MediaTime {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Double($0) }
    guard (1...3).contains(parts.count), numbers.count == parts.count, numbers.allSatisfy({ $0 >= 0 && $0.isFinite && $0 < 1e9 }) else {
      throw ValidationError("'\(text)' is not a time; write seconds, m:ss or h:mm:ss.")
    }
    return MediaTime(seconds: numbers.reduce(0) { $0 * 60 + $1 })
  }
}
