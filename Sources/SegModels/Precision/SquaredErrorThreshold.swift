/// Where numbers are cut off before they become bytes, by the sum of squared errors: what is cut off, and what rounding moves.
enum SquaredErrorThreshold {
  /// The number of bins that are kept on each side of zero; nil where there is nothing but zeros.
  static func bins(_ sides: [[UInt64]]) -> Int? {
    let levels = Double(RangeRule.levels(sides))
    var joined = [Double](repeating: 0, count: sides.map(\.count).max() ?? 0)
    for side in sides { for (bin, count) in side.enumerated() { joined[bin] += Double(count) } }
    guard let last = joined.lastIndex(where: { $0 > 0 }) else { return nil }
    let all: Double = joined.reduce(0, +)
    var best = (bins: last + 1, error: Double.infinity)
    // Of the numbers beyond the candidate, in bins: how many, their sum, the sum of their squares.
    var beyond = 0.0
    var sum = 0.0
    var squares = 0.0
    for bin in (0...last).reversed() {
      let threshold = Double(bin + 1)
      let step: Double = threshold / levels
      let rounding: Double = (all - beyond) * step * step / 12
      let cut: Double = squares - 2 * threshold * sum + threshold * threshold * beyond
      if rounding + cut < best.error { best = (bin + 1, rounding + cut) }
      let middle = Double(bin) + 0.5
      beyond += joined[bin]
      sum += joined[bin] * middle
      squares += joined[bin] * middle * middle
    }
    return best.bins
  }
}
