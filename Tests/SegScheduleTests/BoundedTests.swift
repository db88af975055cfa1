import Testing

@testable import SegSchedule

@Suite struct BoundedTests {
  @Test("what is no number becomes the lower end, and infinities the end they point at")
  func boundsEverything() {
    #expect(Double.nan.bounded(to: 1...2) == 1)
    #expect(Double.infinity.bounded(to: 1...2) == 2)
    #expect((-Double.infinity).bounded(to: 1...2) == 1)
    #expect(1.5.bounded(to: 1...2) == 1.5)
    #expect((-0.5).bounded(to: 0...1) == 0)
  }
}
