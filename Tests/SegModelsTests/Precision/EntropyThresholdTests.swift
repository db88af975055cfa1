import Foundation
import SegGraph
import SegTestSupport
import Testing

@testable import SegModels

/// A number of the normal distribution (Box and Muller).
func normal(_ random: inout RandomNumbers) -> Float {
  let (a, b) = (Double.random(in: 1e-12...1, using: &random), Double.random(in: 0...1, using: &random))
  return Float((-2 * log(a)).squareRoot() * cos(2 * .pi * b))
}

@Suite struct EntropyThresholdTests {
  /// The divergence by its definition, bin by bin.
  private static func plainDivergence(_ bins: [Double], kept: Int, levels: Int) -> Double {
    var reference = Array(bins[..<kept])
    reference[kept - 1] += bins[kept...].reduce(0, +)
    var rounded = [Double](repeating: 0, count: kept)
    var start = 0
    for level in 0..<levels {
      let end = (level + 1) * kept / levels
      let used = (start..<end).filter { reference[$0] > 0 }
      for bin in used { rounded[bin] = bins[start..<end].reduce(0, +) / Double(used.count) }
      start = end
    }
    let (sum, roundedSum) = (reference.reduce(0, +), rounded.reduce(0, +))
    return zip(reference, rounded).reduce(0) { divergence, pair in
      pair.0 == 0 ? divergence : divergence + pair.0 / sum * log(pair.0 / sum / (max(pair.1, 1e-3) / roundedSum))
    }
  }

  @Test("the candidate with the least divergence by its definition is taken") func agreesWithTheDefinition() {
    var random = RandomNumbers(seed: 5)
    let counts = (0..<1200).map { UInt64(20_000 * exp(-Double($0) / 90)) + UInt64.random(in: 0...3, using: &random) }
    let found = EntropyThreshold.bins([counts])
    var smoothed = counts.map(Double.init)
    smoothed[0] = smoothed[1]
    let last = (counts.lastIndex { $0 > 0 } ?? 0) + 1
    let expected = stride(from: last, through: 255, by: -4).min {
      Self.plainDivergence(smoothed, kept: $0, levels: 255) < Self.plainDivergence(smoothed, kept: $1, levels: 255)
    }
    #expect(found == expected)
  }

  @Test("a few outliers far from a normal distribution are cut off, its body is not") func outliers() {
    var random = RandomNumbers(seed: 1)
    var histogram = ValueHistogram()
    histogram.add((0..<200_000).map { _ in normal(&random) })
    histogram.add([40, -40])
    let range = RangeRule.entropy.range(histogram)
    #expect(range.highest > 2.5 && range.highest < 12, "\(range)")
    #expect(range.lowest == -range.highest, "both sides are cut off at one distance")
  }

  @Test("an even distribution keeps nearly all of its range") func even() {
    var random = RandomNumbers(seed: 2)
    var histogram = ValueHistogram()
    histogram.add((0..<400_000).map { _ in Float.random(in: 0...1, using: &random) })
    #expect(RangeRule.entropy.range(histogram).highest > 0.95)
  }

  @Test("nothing but zeros has no threshold, and few bins are all kept") func degenerate() {
    #expect(EntropyThreshold.bins([[0, 0, 0]]) == nil)
    #expect(EntropyThreshold.bins([[0, 3, 1, 0]]) == 3)
    #expect(EntropyThreshold.bins([[1], [7]]) == 1)
  }
}
