/// Frames a second as an exact ratio, such as 30000/1001.
public struct FrameRate: Hashable, Sendable {
  /// Frames; at least 1.
  public let numerator: Int32
  /// Seconds they take; at least 1.
  public let denominator: Int32

  /// Makes a rate of `numerator` frames in `denominator` seconds, both at least 1.
  public init(_ numerator: Int32, _ denominator: Int32 = 1) {
    precondition(numerator > 0 && denominator > 0, "a frame rate is positive")
    self.numerator = numerator
    self.denominator = denominator
  }

  /// Frames a second.
  public var framesPerSecond: Double { Double(numerator) / Double(denominator) }
}
