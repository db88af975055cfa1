import SegBase
import SegTestSupport
import Testing

@testable import SegSchedule

@Suite struct SimulatorTests {
  /// A recording of a steady drive with constant costs, and losses that grow by 0.3 points a frame of distance.
  private func drive(_ count: Int, full: Double = 68, rate: Double = 15) -> SignalRecording {
    SignalRecording(
      frames: (0..<count).map { index in
        var frame = RecordedFrame(signals: SignalStreams.drive(index, rate: rate))
        frame.milliseconds = [.full: full, .partial: full * 0.6, .propagate: 2]
        frame.flowMilliseconds = 3
        frame.losses = (0..<40).map { Double($0) * 0.3 }
        return frame
      })
  }

  @Test("a fixed interval costs what its passes cost, and loses what the recording says")
  func simulatesFixedIntervals() throws {
    let report = Simulator(policy: .fixed(interval: 5)).run(drive(100))
    #expect(report.keys == Array(stride(from: 0, to: 100, by: 5)))
    #expect(abs(report.statistics.meanMilliseconds - (71 + 4 * 5) / 5) < 1e-9)
    #expect(report.framesWithLoss == 100)
    #expect(abs(try #require(report.meanLoss) - 0.6) < 1e-9)
    #expect(report.lateFrames == 20)
  }

  @Test("the decisions are the scheduler's own", arguments: 0..<50)
  func matchesTheScheduler(seed: UInt64) {
    var random = RandomNumbers(seed: seed)
    let stream = SignalStreams.video(200, drops: true, using: &random)
    for policy in [SchedulePolicy.every, .fixed(interval: 6), .adaptive(pointsLost: 1)] {
      var scheduler = Scheduler(policy: policy)
      let expected = stream.map { scheduler.decide($0) }
      let report = Simulator(policy: policy).run(SignalRecording(frames: stream.map { RecordedFrame(signals: $0) }))
      #expect(report.decisions.map(\.pass) == expected.map(\.pass), "seed \(seed)")
      #expect(report.keys == expected.indices.filter { expected[$0].isKey }, "seed \(seed)")
    }
  }

  @Test("measures against a recorded key count only where it is the simulated key too")
  func ignoresForeignKeys() {
    let recording = SignalRecording(
      frames: (0..<60).map { index in
        var signals = SignalStreams.still(index)
        signals.sinceKey = .init(frame: index - 1, histogramDistance: 0.9, inconsistentShare: 1)
        return RecordedFrame(signals: signals)
      })
    // Frame 1 has the key before it in common with the recording, and so has each key's next frame.
    #expect(Simulator(policy: .adaptive(pointsLost: 100), settings: ScheduleSettings(minimumInterval: 2)).run(recording).keys == [0, 30])
  }

  @Test("realtime keeps up: a fast network gets every frame, a slow one runs in the background and no frame is late")
  func simulatesRealtime() throws {
    let settings = ScheduleSettings(cores: 2)
    let fast = Simulator(policy: .realtime, settings: settings).run(drive(200, full: 30))
    #expect(fast.statistics.count(of: .full) == 199 && fast.lateFrames == 0)
    let slow = Simulator(policy: .realtime, settings: settings).run(drive(300, full: 1139, rate: 25))
    #expect(slow.lateFrames == 0 && slow.statistics.count(of: .full) == 0)
    // 1139 ms are 29 slots of 40 ms.
    #expect(slow.statistics.backgroundPasses == 300 / 29 && slow.statistics.largestAge == 57)
    #expect(slow.statistics.meanMilliseconds < 80)
    let alone = Simulator(policy: .realtime).run(drive(300, full: 1139, rate: 25))
    #expect(alone.statistics.backgroundPasses < slow.statistics.backgroundPasses && alone.lateFrames == 0)
    #expect(alone.statistics.meanMilliseconds <= 40)
  }

  @Test("a cost that is missing is the nearest known one before, or the first one after")
  func fillsCosts() {
    var frames = (0..<4).map { RecordedFrame(signals: SignalStreams.still($0)) }
    frames[1].milliseconds[.full] = 10
    frames[3].milliseconds[.full] = 30
    let report = Simulator(policy: .every).run(SignalRecording(frames: frames))
    #expect(report.statistics.strip.map(\.milliseconds) == [10, 10, 10, 30])
  }

  @Test("hostile recordings are simulated without harm", arguments: 0..<50)
  func survivesNonsense(seed: UInt64) {
    var random = RandomNumbers(seed: seed)
    let frames = (0..<100).map { _ in RecordedFrame(signals: SignalStreams.hostile(using: &random)) }
    for policy in [SchedulePolicy.every, .fixed(interval: 3), .adaptive(pointsLost: 1), .realtime] {
      let report = Simulator(policy: policy).run(SignalRecording(frames: frames))
      #expect(report.statistics.frames == 100 && report.statistics.meanMilliseconds.isFinite, "seed \(seed)")
    }
  }
}
