import SegBase
import SegTestSupport
import Testing

@testable import SegSchedule

@Suite struct FrameSignalsTests {
  @Test("bounded signals are in their ranges whatever was measured")
  func boundsHostileNumbers() {
    var random = RandomNumbers(seed: 1)
    for _ in 0..<2000 {
      let signals = SignalStreams.hostile(using: &random).bounded
      for share in [
        signals.histogramDistance, signals.meanAbsoluteDifference, signals.flowMagnitude, signals.inconsistentShare, signals.intraShare ?? 0,
        signals.sinceKey?.histogramDistance ?? 0, signals.sinceKey?.inconsistentShare ?? 0,
      ] { #expect((0...1).contains(share)) }
      #expect((0...3600).contains(signals.duration))
      let age = signals.frame.subtractingReportingOverflow(signals.sinceKey?.frame ?? 0)
      #expect(!age.overflow)
    }
  }

  @Test("sensible signals stay as they are")
  func keepsSensibleNumbers() {
    var signals = SignalStreams.drive(7)
    signals.intraShare = 0.25
    signals.sinceKey = .init(frame: 5, histogramDistance: 0.1, inconsistentShare: 0.3)
    #expect(signals.bounded == signals)
  }

  @Test("without flow only the flow's signals are gone")
  func leavesFlowOut() {
    var signals = SignalStreams.drive(3)
    signals.sinceKey = .init(frame: 1, histogramDistance: 0.1, inconsistentShare: 0.3)
    let rest = signals.withoutFlow
    #expect(rest.flowMagnitude == 0 && rest.inconsistentShare == 0 && rest.sinceKey?.inconsistentShare == nil)
    #expect(rest.histogramDistance == signals.histogramDistance && rest.sinceKey?.histogramDistance == 0.1)
  }
}
