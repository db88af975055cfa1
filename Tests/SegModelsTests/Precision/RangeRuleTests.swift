import SegGraph
import Testing

@testable import SegModels

@Suite struct RangeRuleTests {
  private func histogram(_ values: [Float]) -> ValueHistogram {
    var histogram = ValueHistogram()
    histogram.add(values)
    return histogram
  }

  @Test("extremes are the least and the greatest number, zero included") func extremes() {
    #expect(RangeRule.extremes.range(histogram([-2, 3, 1])) == ValueRange(lowest: -2, highest: 3))
    #expect(RangeRule.extremes.range(histogram([2, 3])) == ValueRange(lowest: 0, highest: 3))
  }

  @Test("numbers below zero that rounding would swallow make no signed bytes") func swallowed() {
    #expect(RangeRule.extremes.range(histogram([-0.49, 255])).format == .unsigned8(scale: 1))
    #expect(RangeRule.extremes.range(histogram([-0.51, 254])).format == .signed8(scale: 2))
  }

  @Test("no rule goes beyond the numbers there are", arguments: RangeRule.allCases) func bounded(rule: RangeRule) {
    let values = (0..<5000).map { Float($0 % 100) * 0.01 - 0.2 }
    let range = rule.range(histogram(values))
    #expect(range.lowest >= -0.2 && range.highest <= 0.8)
    #expect(rule.range(histogram([0, 0])) == ValueRange(lowest: 0, highest: 0))
  }
}
