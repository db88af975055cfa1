import Glibc

/// Where numbers are cut off before they become bytes: entropy calibration (S. Migacz, "8-bit Inference with TensorRT", GTC 2017).
///
/// For each candidate the histogram with all that lies beyond it moved into the last bin is compared with what is left of it after rounding to as many levels as
/// a byte has; the candidate with the least Kullback-Leibler divergence is taken. Zeros stay zeros whatever the scale, so they take no part, and the bin next to
/// zero counts as the second one does. Where there are numbers below zero, both sides of it are compared, each with half of the levels.
enum EntropyThreshold {
  /// Bins from one candidate to the next.
  private static let step = 4

  /// The number of bins that are kept on each side; nil where there is nothing but zeros.
  static func bins(_ sides: [[UInt64]]) -> Int? {
    let levels = RangeRule.levels(sides)
    let sides = sides.map { Side($0) }
    let total = sides.reduce(0) { $0 + $1.total }
    if total == 0 { return nil }
    let occupied = sides.map(\.occupied).max() ?? 0
    if occupied <= levels { return occupied }
    var best = (bins: occupied, divergence: Double.infinity)
    for bins in stride(from: occupied, through: levels, by: -step) {
      let divergence = divergence(sides, bins: bins, levels: levels, total: total)
      if divergence < best.divergence { best = (bins, divergence) }
    }
    return best.bins
  }

  /// Counts of one side of zero with running sums, by which a candidate takes as many steps as there are levels.
  private struct Side {
    /// Sums of the counts, of the bins that are not empty, and of count * log(count), over all bins before each.
    let counts: [Double], used: [Double], entropies: [Double]
    /// Bins up to the last that is not empty.
    let occupied: Int
    var total: Double { counts[counts.count - 1] }

    init(_ bins: [UInt64]) {
      var bins = bins
      // What a ReLU leaves just above zero is so much that its shape would outweigh everything else; rounding does not harm it.
      if bins.count > 1 { bins[0] = bins[1] }
      var (counts, used, entropies) = ([0.0], [0.0], [0.0])
      for (index, bin) in bins.enumerated() {
        let count = Double(bin)
        counts.append(counts[index] + count)
        used.append(used[index] + (bin > 0 ? 1 : 0))
        entropies.append(entropies[index] + (bin > 0 ? count * log(count) : 0))
      }
      (self.counts, self.used, self.entropies) = (counts, used, entropies)
      occupied = (bins.lastIndex { $0 > 0 } ?? -1) + 1
    }
  }

  /// The divergence of the rounded distribution from the one that is cut off after `bins`, in nats.
  private static func divergence(_ sides: [Side], bins: Int, levels: Int, total: Double) -> Double {
    // Sum of p log p - p log q over all bins, with p and q as counts first; what a level has no numbers for counts as the least there could be.
    let least = 1e-3
    var own = 0.0
    var crossed = 0.0
    var kept = 0.0
    for side in sides {
      let outliers = side.total - side.counts[bins]
      kept += side.counts[bins]
      let last = side.counts[bins] - side.counts[bins - 1] + outliers
      own += side.entropies[bins - 1] + (last > 0 ? last * log(last) : 0)
      let gainsBin = outliers > 0 && side.counts[bins] == side.counts[bins - 1]
      var start = 0
      for level in 0..<levels {
        let end = (level + 1) * bins / levels
        let isLast = level == levels - 1
        let sum = side.counts[end] - side.counts[start]
        let used = side.used[end] - side.used[start] + (isLast && gainsBin ? 1 : 0)
        let weight = sum + (isLast ? outliers : 0)
        if weight > 0 { crossed += weight * log(max(sum / max(used, 1), least)) }
        start = end
      }
    }
    if kept == 0 { return .infinity }
    return (own - crossed) / total - log(total) + log(kept)
  }
}
