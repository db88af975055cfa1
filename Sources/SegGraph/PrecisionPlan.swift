/// The least and greatest number that a value's bytes are to stand for; what lies beyond is cut off.
public struct ValueRange: Hashable, Sendable {
  /// Both finite; `lowest` at most `highest`.
  public var lowest, highest: Float

  /// Makes a range of finite numbers.
  public init(lowest: Float, highest: Float) {
    precondition(lowest.isFinite && highest.isFinite && lowest <= highest, "a range of finite numbers")
    (self.lowest, self.highest) = (lowest, highest)
  }

  /// The range that covers both.
  public func union(_ other: ValueRange) -> ValueRange { ValueRange(lowest: min(lowest, other.lowest), highest: max(highest, other.highest)) }

  /// Bytes for this range: unsigned where nothing is below zero.
  public var format: ElementFormat {
    // A range of nothing but zeros still needs a scale that can be divided by.
    let least = Float.leastNormalMagnitude * 1024
    return lowest >= 0 ? .unsigned8(scale: max(highest / 255, least)) : .signed8(scale: max(max(-lowest, highest) / 127, least))
  }
}

/// Which precision each node of an optimised graph runs in. Keys are those of `Graph.valueKeys`: a node goes by its first output.
public struct PrecisionPlan: Hashable, Sendable {
  /// What every node runs in unless something speaks against it.
  public var precision: Precision
  /// What runs where int8 cannot: `bfloat16` or `float32`.
  public var fallback: Precision
  /// The ranges of values, without which no byte can stand for them.
  public var ranges: [String: ValueRange]
  /// Nodes that lose too much in `precision`, with what they run in.
  public var kept: [String: Precision]

  /// Makes a plan.
  public init(_ precision: Precision, fallback: Precision = .float32, ranges: [String: ValueRange] = [:], kept: [String: Precision] = [:]) {
    precondition(fallback != .int8, "what runs where int8 cannot")
    (self.precision, self.fallback, self.ranges, self.kept) = (precision, fallback, ranges, kept)
  }

  /// Everything in single precision.
  public static let float32 = PrecisionPlan(.float32)

  /// What a node runs in that goes by `key`, before it is asked whether it can. What holds for a node holds for the parts it was split into.
  func precision(of key: String) -> Precision {
    max(precision, kept[key] ?? ValueKeys.whole(of: key).flatMap { kept[$0] } ?? precision)
  }
}
