public import SegBase

/// How keyframes are chosen. Whatever the policy, the first frame, a discontinuity and a cut are keys.
public enum SchedulePolicy: Sendable, Hashable, CustomStringConvertible {
  /// Every frame gets a full pass.
  case every
  /// A key every `interval` frames, counted from the last key; 1...1000.
  case fixed(interval: Int)
  /// A key where results brought forward would lose more than so many points of mean IoU on average, by the `ErrorModel`; 0...100.
  case adaptive(pointsLost: Double)
  /// What this machine can do in each frame's time, with full passes one after the other in the background.
  case realtime

  /// The loss that `adaptive` allows when none is given.
  public static let defaultPointsLost = 1.0

  private static let largestInterval = 1000
  private static let largestPoints = 100.0

  /// Reads "every", "fixed:N", "adaptive", "adaptive:POINTS" (to thousandths) or "realtime".
  /// - Throws: `InputError` when the text is none of these.
  public init(text: String) throws(InputError) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let value = parts.count > 1 ? String(parts[1]) : nil
    switch (parts[0], value) {
    case ("every", nil): self = .every
    case ("realtime", nil): self = .realtime
    case ("adaptive", nil): self = .adaptive(pointsLost: Self.defaultPointsLost)
    case ("fixed", let value?):
      guard value.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let interval = Int(value), (1...Self.largestInterval).contains(interval) else {
        throw InputError("not a keyframe interval", subject: text, advice: "write fixed:N with N from 1 to \(Self.largestInterval)")
      }
      self = .fixed(interval: interval)
    case ("adaptive", let value?):
      // The number parser alone would take "nan", "1e3" and "0x1p3".
      guard value.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E }), let points = Double(value), points <= Self.largestPoints else {
        throw InputError("not a number of points of mean IoU", subject: text, advice: "write adaptive:POINTS with POINTS from 0 to 100, such as adaptive:1.5")
      }
      self = .adaptive(pointsLost: Double(Self.thousandths(points)) / 1000)
    default:
      throw InputError("not a schedule", subject: text, advice: "every, fixed:N, adaptive, adaptive:POINTS or realtime")
    }
  }

  /// What `init(text:)` reads.
  public var description: String {
    switch self {
    case .every: return "every"
    case .realtime: return "realtime"
    case .fixed(let interval): return "fixed:\(interval)"
    case .adaptive(let points):
      let thousandths = Self.thousandths(points)
      if thousandths == Self.thousandths(Self.defaultPointsLost) { return "adaptive" }
      var digits = String(thousandths % 1000 + 1000).dropFirst()
      while digits.last == "0" { digits.removeLast() }
      return "adaptive:\(thousandths / 1000)" + (digits.isEmpty ? "" : "." + digits)
    }
  }

  /// The same policy with its number within its range.
  public var bounded: SchedulePolicy {
    switch self {
    case .fixed(let interval): .fixed(interval: max(1, min(Self.largestInterval, interval)))
    case .adaptive(let points): .adaptive(pointsLost: points.bounded(to: 0...Self.largestPoints))
    case .every, .realtime: self
    }
  }

  private static func thousandths(_ points: Double) -> Int { Int((points.bounded(to: 0...largestPoints) * 1000).rounded()) }
}
