import SegBase
import Testing

@testable import SegSchedule

@Suite struct SimulationReportTests {
  @Test("the text names passes, costs, keys, ages and losses")
  func writesLines() {
    let recording = SignalRecording(
      frames: (0..<10).map { index in
        var frame = RecordedFrame(signals: SignalStreams.still(index))
        frame.milliseconds = [.full: 30, .propagate: 2]
        frame.losses = (0..<10).map { Double($0) / 2 }
        return frame
      })
    #expect(
      Simulator(policy: .fixed(interval: 5)).run(recording).text == """
        policy          fixed:5
        frames          10, late 0
        passes          full 20.00 % of 30.00 ms, propagate 80.00 % of 2.00 ms
        cost            7.60 ms a frame
        keys            2: 1 first, 1 interval
        age             mean 2.00, largest 4 frames
        predicted loss  mean 0.00, largest 0.00 points
        true loss       mean 1.00 points over 10 frames
        """)
  }

  @Test("an empty recording has a report too")
  func reportsNothing() {
    let report = Simulator(policy: .realtime).run(SignalRecording())
    #expect(report.meanLoss == nil && report.keys.isEmpty && report.text.contains("frames          0, late 0"))
  }
}
