import CSegKernels
import SegGraph

extension RangeRule {
  /// The range for what was measured.
  func range(_ histogram: ValueHistogram) -> ValueRange {
    // Numbers below zero, however few, make bytes signed; both sides are cut off at one distance then, as they share a scale.
    let sides = histogram.lowest < 0 ? [histogram.above, histogram.below] : [histogram.above]
    let bins: Int? =
      switch self {
      case .entropy: EntropyThreshold.bins(sides)
      case .squares: SquaredErrorThreshold.bins(sides)
      case .extremes: nil
      }
    guard let bins else { return Self.withoutRest(histogram.range) }
    let threshold = Float(bins) * histogram.binWidth
    return Self.withoutRest(ValueRange(lowest: max(histogram.lowest, -threshold), highest: min(histogram.highest, threshold)))
  }

  /// The range from the least to the greatest of these numbers and zero, as the rule of that name has it.
  static func extremes(of values: UnsafeBufferPointer<Float>) -> ValueRange {
    var range = ValueRange(lowest: 0, highest: 0)
    if let start = values.baseAddress { seg_extremes(start, values.count, &range.lowest, &range.highest) }
    return withoutRest(range)
  }

  /// Numbers that a byte has for the numbers of one side of zero: 127 of a signed one on each, 255 of an unsigned one above it.
  static func levels(_ sides: [[UInt64]]) -> Int { sides.count == 1 ? 255 : 127 }

  /// The range from zero where what lies below it is no more than what rounding to unsigned bytes loses anyway: those are twice as fine as signed ones.
  private static func withoutRest(_ range: ValueRange) -> ValueRange {
    range.lowest < 0 && -range.lowest <= range.highest / 255 / 2 ? ValueRange(lowest: 0, highest: range.highest) : range
  }
}
