import Testing

@testable import SegSchedule

@Suite struct CostEstimateTests {
  private func estimate(_ samples: [Double]) -> CostEstimate {
    var estimate = CostEstimate()
    for sample in samples { estimate.record(sample, replacing: false) }
    return estimate
  }

  @Test("the estimate is the median of the last seven")
  func isTheMedian() {
    #expect(CostEstimate().median == nil)
    #expect(estimate([4]).median == 4)
    #expect(estimate([5, 1, 3]).median == 3)
    #expect(estimate([100, 100, 1, 2, 3, 4, 5, 6, 7]).median == 4)
  }

  @Test("three outliers in a row do not move it")
  func standsOutliers() { #expect(estimate([10, 10, 10, 10, 10, 1000, 1000, 1000]).median == 10) }

  @Test("a jump by ten is followed after four measurements", arguments: [(10.0, 100.0), (100, 10)])
  func followsJumps(from: Double, to: Double) {
    #expect(estimate([Double](repeating: from, count: 20) + [to, to, to]).median == from)
    #expect(estimate([Double](repeating: from, count: 20) + [to, to, to, to]).median == to)
  }

  @Test("times that are none leave it alone")
  func ignoresNonsense() {
    #expect(estimate([.nan, -1, .infinity, -.infinity]).median == nil)
    #expect(estimate([3, .nan, -5, .infinity]).median == 3)
    #expect(estimate([1e300]).median == CostEstimate.largest)
  }

  @Test("what is not measured any more fades by halves, and the next measurement replaces it")
  func fades() {
    var estimate = estimate([64, 64, 64])
    for _ in 0..<25 { estimate.passFrame() }
    #expect(estimate.fading == 64)
    for _ in 0..<25 { estimate.passFrame() }
    #expect(estimate.fading == 32 && estimate.median == 64)
    var previous = 32.0
    for _ in 0..<2000 {
      estimate.passFrame()
      let next = estimate.fading ?? -1
      #expect(next >= 0 && next <= previous)
      previous = next
    }
    #expect(previous < 1e-6)
    estimate.record(5, replacing: true)
    #expect(estimate.median == 5 && estimate.fading == 5)
  }
}
