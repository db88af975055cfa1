import Testing

@testable import SegSchedule

@Suite struct CutRuleTests {
  private let rule = CutRule()

  private func signals(histogram: Double, difference: Double, inconsistent: Double, intra: Double? = nil) -> FrameSignals {
    var signals = SignalStreams.still(1)
    signals.histogramDistance = histogram
    signals.meanAbsoluteDifference = difference
    signals.inconsistentShare = inconsistent
    signals.intraShare = intra
    return signals
  }

  @Test("the least conspicuous cuts between real videos are cuts, with and without flow")
  func findsRealCuts() {
    for (histogram, difference) in [(0.217, 0.176), (0.236, 0.219), (0.242, 0.253), (0.283, 0.174)] {
      #expect(rule.isCut(signals(histogram: histogram, difference: difference, inconsistent: 0.98)))
      #expect(rule.isCut(signals(histogram: histogram, difference: difference, inconsistent: 0)))
    }
  }

  @Test("the largest signals within real shots are no cut even when they come together")
  func leavesShotsWhole() {
    // An exposure that jumps, walls without texture, a car that fills the picture (but for its fastest frame), a dog that runs, a drive.
    #expect(!rule.isCut(signals(histogram: 0.286, difference: 0.068, inconsistent: 0.37)))
    #expect(!rule.isCut(signals(histogram: 0.215, difference: 0.047, inconsistent: 0.626)))
    #expect(!rule.isCut(signals(histogram: 0.071, difference: 0.19, inconsistent: 0.64)))
    #expect(!rule.isCut(signals(histogram: 0.048, difference: 0.1, inconsistent: 0.174)))
    #expect(!rule.isCut(signals(histogram: 0.036, difference: 0.084, inconsistent: 0.23)))
  }

  @Test("pixels without flow make a cut of scenes with the same histogram")
  func findsCutsByFlow() {
    #expect(rule.isCut(signals(histogram: 0.05, difference: 0.15, inconsistent: 0.95)))
    #expect(!rule.isCut(signals(histogram: 0.05, difference: 0.02, inconsistent: 0.95)))
  }

  @Test("an encoder that found nothing to refer to lowers the bar, but is not enough alone")
  func heedsIntraBlocks() {
    #expect(rule.isCut(signals(histogram: 0.1, difference: 0.06, inconsistent: 0.85, intra: 0.9)))
    #expect(!rule.isCut(signals(histogram: 0.1, difference: 0.06, inconsistent: 0.85, intra: 0.3)))
    #expect(!rule.isCut(signals(histogram: 0.02, difference: 0.02, inconsistent: 0.1, intra: 1)))
  }

  @Test("a dissolve is drift from the key, by a measure against that key only")
  func seesDrift() {
    let key = Drift(startingAt: SignalStreams.still(0))
    var dissolved = SignalStreams.still(12)
    dissolved.sinceKey = .init(frame: 0, histogramDistance: 0.6)
    #expect(rule.hasDrifted(dissolved, from: key))
    dissolved.sinceKey?.frame = 1
    #expect(!rule.hasDrifted(dissolved, from: key))
  }
}
