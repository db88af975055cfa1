import SegGraph
import SegTestSupport
import Testing

@testable import SegModels

extension ValueHistogram {
  /// Adds an array.
  mutating func add(_ values: [Float]) { values.withUnsafeBufferPointer { add($0) } }

  /// Everything that was counted.
  fileprivate var total: UInt64 { (below + above).reduce(zeroCount, +) }
}

@Suite struct ValueHistogramTests {
  private static let bins = ValueHistogram.binCount

  @Test("numbers are counted by their distance from zero, apart for both sides and zero") func countsAreExact() {
    var histogram = ValueHistogram()
    histogram.add([0, -0.0, 0.25, 1.5, 1.75, -1, -1.5, Float(Self.bins)])
    #expect(histogram.binWidth == 1)
    #expect(histogram.zeroCount == 2)
    #expect(histogram.above[0] == 1 && histogram.above[1] == 2)
    #expect(histogram.above[Self.bins - 1] == 1, "the greatest number belongs to the last bin")
    #expect(histogram.below[1] == 2)
    #expect(histogram.total == 8)
    #expect(histogram.lowest == -1.5 && histogram.highest == Float(Self.bins))
  }

  @Test("greater numbers make bins twice as wide until they fit, and lose no count") func growth() {
    var histogram = ValueHistogram()
    histogram.add([Float(Self.bins), 4.5, 5.5, -7.5])
    histogram.add([-3.5 * Float(Self.bins)])
    #expect(histogram.binWidth == 4)
    #expect(histogram.above[1] == 2 && histogram.below[1] == 1)
    #expect(histogram.above[Self.bins / 4 - 1] == 1, "what was in the last bin")
    #expect(histogram.below[Int(3.5 * Double(Self.bins)) / 4] == 1)
    #expect(histogram.total == 5)
  }

  @Test("what is not finite is passed over") func notFinite() {
    var histogram = ValueHistogram()
    histogram.add([.nan, .infinity, -.infinity, 2, -.nan])
    #expect(histogram.total == 1 && histogram.highest == 2 && histogram.lowest == 0)
  }

  @Test("zeros alone have a range of zero, and tiny numbers finite bins") func degenerate() {
    var histogram = ValueHistogram()
    histogram.add([0, 0])
    histogram.add([])
    #expect(histogram.total == 2 && histogram.binWidth == 0 && histogram.range.highest == 0)
    histogram.add([.leastNonzeroMagnitude, -.leastNormalMagnitude])
    #expect(histogram.total == 4)
    histogram.add([.greatestFiniteMagnitude])
    #expect(histogram.total == 5 && histogram.binWidth.isFinite)
  }

  @Test("numbers in lots of any length are counted as one by one", arguments: [1, 15, 16, 17, 33, 1000]) func lots(count: Int) {
    var random = RandomNumbers(seed: UInt64(count))
    let values = (0..<count).map { _ in Float.random(in: -3...5, using: &random) }
    var (together, single) = (ValueHistogram(), ValueHistogram())
    // Both begin with one number, so that their bins are alike.
    together.add([8])
    single.add([8])
    together.add(values)
    for value in values { single.add([value]) }
    #expect(together.above == single.above && together.below == single.below)
    #expect(together.lowest == min(0, values.min() ?? 0) && together.lowest == single.lowest && together.highest == 8)
  }
}
