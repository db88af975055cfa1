import SegGraph
import SegRuntime
import Testing

@Suite struct PeakRateTests {
  @Test("a rate is found for every precision", arguments: Precision.allCases)
  func rates(precision: Precision) throws { #expect(try PeakRate.measure(precision) > 0.1) }
}
