/// A time on a video's own clock or a span of it, in whole microseconds. The first frame need not be at zero.
public struct MediaTime: Hashable, Comparable, Sendable {
  /// Microseconds.
  public var microseconds: Int64

  /// Makes a time from microseconds.
  public init(microseconds: Int64) { self.microseconds = microseconds }

  /// Makes a time from seconds, rounded to the nearest microsecond; values out of range are clamped.
  public init(seconds: Double) {
    let limit = 9.0e15
    microseconds = Int64(max(-limit, min(limit, (seconds * 1_000_000).rounded())))
  }

  /// The time in seconds.
  public var seconds: Double { Double(microseconds) / 1_000_000 }

  /// The start of the clock.
  public static let zero = MediaTime(microseconds: 0)

  /// Earlier times come first.
  public static func < (left: MediaTime, right: MediaTime) -> Bool { left.microseconds < right.microseconds }

  /// The sum of two times.
  public static func + (left: MediaTime, right: MediaTime) -> MediaTime { MediaTime(microseconds: left.microseconds + right.microseconds) }

  /// The difference of two times.
  public static func - (left: MediaTime, right: MediaTime) -> MediaTime { MediaTime(microseconds: left.microseconds - right.microseconds) }

  /// "1:02" or "1:02:03", rounded down; hours only where there are any.
  public var clockText: String {
    let total = max(0, microseconds / 1_000_000)
    let (hours, minutes, seconds) = (total / 3600, total / 60 % 60, total % 60)
    let padded = { (value: Int64) in value < 10 ? "0\(value)" : "\(value)" }
    return hours > 0 ? "\(hours):\(padded(minutes)):\(padded(seconds))" : "\(minutes):\(padded(seconds))"
  }
}
