import SegBase
import SegTestSupport
import Testing

@testable import SegSchedule

@Suite struct DriftTests {
  @Test("sums follow the formulas")
  func addsUp() {
    var drift = Drift(startingAt: SignalStreams.drive(10))
    for frame in 11...14 { drift.add(SignalStreams.drive(frame)) }
    #expect(drift.frames == 4 && drift.start == 10)
    #expect(abs(drift.seconds - 4.0 / 15) < 1e-5)
    #expect(abs(drift.path - 4 * 0.0111) < 1e-12)
    #expect(abs(drift.difference - 4 * 0.0559) < 1e-12)
    #expect(abs(drift.inconsistentShare - (1 - 0.852 * 0.852 * 0.852 * 0.852)) < 1e-12)
  }

  @Test("dropped frames count as age")
  func countsDroppedFrames() {
    var drift = Drift(startingAt: SignalStreams.still(3))
    drift.add(SignalStreams.still(9))
    #expect(drift.frames == 6)
  }

  @Test("a share measured against the key itself replaces the estimate, one against another frame does not")
  func prefersMeasuredShares() {
    var drift = Drift(startingAt: SignalStreams.drive(0))
    var signals = SignalStreams.drive(1)
    signals.sinceKey = .init(frame: -4, inconsistentShare: 0.9)
    drift.add(signals)
    #expect(abs(drift.inconsistentShare - 0.148) < 1e-12)
    signals = SignalStreams.drive(2)
    signals.sinceKey = .init(frame: 0, inconsistentShare: 0.2)
    drift.add(signals)
    #expect(drift.inconsistentShare == 0.2)
  }

  @Test("a later start never has drifted further", arguments: 0..<50)
  func isMonotoneInItsStart(seed: UInt64) {
    var random = RandomNumbers(seed: seed)
    let stream = SignalStreams.video(60, drops: true, using: &random)
    var drifts: [Drift] = []
    for signals in stream {
      for index in drifts.indices { drifts[index].add(signals) }
      drifts.append(Drift(startingAt: signals))
      for (earlier, later) in zip(drifts, drifts.dropFirst()) {
        #expect(earlier.frames >= later.frames && earlier.seconds >= later.seconds - 1e-9, "seed \(seed)")
        #expect(earlier.path >= later.path - 1e-12 && earlier.difference >= later.difference - 1e-12, "seed \(seed)")
        #expect(earlier.inconsistentShare >= later.inconsistentShare - 1e-12, "seed \(seed)")
      }
    }
  }
}
