import SegBase
import SegTestSupport
import Testing

@testable import SegSchedule

@Suite struct SchedulerTests {
  /// Decisions over a stream by a fresh scheduler.
  private func decisions(_ policy: SchedulePolicy, _ stream: [FrameSignals], _ settings: ScheduleSettings = ScheduleSettings()) -> [Decision] {
    var scheduler = Scheduler(policy: policy, settings: settings)
    return stream.map { signals in
      let decision = scheduler.decide(signals)
      scheduler.didFinish(decision.pass, milliseconds: 10)
      return decision
    }
  }

  private func keys(_ decisions: [Decision]) -> [Int] { decisions.indices.filter { decisions[$0].isKey } }

  private let inOrder: [SchedulePolicy] = [.every, .fixed(interval: 1), .fixed(interval: 7), .adaptive(pointsLost: 0), .adaptive(pointsLost: 1)]

  @Test("a fixed interval gives keys at exactly every N frames")
  func fixedIntervals() {
    let still = (0..<50).map { SignalStreams.still($0) }
    #expect(keys(decisions(.fixed(interval: 5), still)) == Array(stride(from: 0, to: 50, by: 5)))
    #expect(decisions(.fixed(interval: 1), still).allSatisfy { $0.pass == .full })
  }

  @Test("a cut is a key under every policy, and intervals count from it")
  func cutsAreKeys() {
    let stream = (0..<30).map { $0 == 13 ? SignalStreams.cut($0) : SignalStreams.still($0) }
    let fixed = decisions(.fixed(interval: 10), stream)
    #expect(keys(fixed) == [0, 10, 13, 23])
    #expect(fixed[13].keyReason == .cut && fixed[23].keyReason == .interval)
    #expect(keys(decisions(.adaptive(pointsLost: 100), stream)) == [0, 13])
    #expect(decisions(.every, stream)[13].keyReason == .cut)
  }

  @Test("adaptive goes to exactly the maximum interval on a still video", arguments: [0, 0.001, 1, 100.0])
  func stillVideos(points: Double) {
    let still = (0..<100).map { SignalStreams.still($0) }
    let decided = decisions(.adaptive(pointsLost: points), still)
    #expect(keys(decided) == [0, 30, 60, 90])
    #expect(decided[30].keyReason == .interval)
  }

  @Test("adaptive keeps the mean predicted loss of a steady drive within the target", arguments: [0.25, 0.5, 1, 2, 4.0])
  func meetsTheTarget(points: Double) {
    let drive = (0..<300).map { SignalStreams.drive($0) }
    let decided = decisions(.adaptive(pointsLost: points), drive)
    let mean = decided.map(\.predictedLoss).reduce(0, +) / 300
    #expect(mean <= points && mean > points / 4)
    #expect(decided.dropFirst().allSatisfy { !$0.isKey || $0.keyReason == .predictedError })
  }

  @Test("a dissolve makes a key by its distance to the key")
  func dissolvesMakeKeys() {
    let stream = (0..<20).map { index in
      var signals = SignalStreams.still(index)
      signals.sinceKey = .init(frame: 0, histogramDistance: Double(index) * 0.06)
      return signals
    }
    let decided = decisions(.adaptive(pointsLost: 1), stream)
    #expect(keys(decided) == [0, 9] && decided[9].keyReason == .drift)
  }

  @Test("a frame number that does not follow is a discontinuity")
  func seeksWithoutAFlag() {
    let stream = [0, 1, 2, 2, 3, 1, 2].map { SignalStreams.still($0) }
    #expect(keys(decisions(.fixed(interval: 9), stream)) == [0, 3, 5])
  }

  @Test("frames between keys get what the settings say")
  func passesBetweenKeys() {
    let still = (0..<10).map { SignalStreams.still($0) }
    let partial = decisions(.fixed(interval: 5), still, ScheduleSettings(between: .partial))
    #expect(partial.map(\.pass) == [.full, .partial, .partial, .partial, .partial, .full, .partial, .partial, .partial, .partial])
    #expect(partial.map(\.age) == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4])
    #expect(decisions(.fixed(interval: 5), still).filter { $0.pass == .propagate }.count == 8)
  }

  @Test("adaptive saves partial passes where nothing has changed")
  func sparesPartialPasses() {
    let settings = ScheduleSettings(between: .partial)
    #expect(!decisions(.adaptive(pointsLost: 1), (0..<90).map { SignalStreams.still($0) }, settings).contains { $0.pass == .partial })
    let drive = decisions(.adaptive(pointsLost: 1), (0..<90).map { SignalStreams.drive($0) }, settings)
    #expect(drive.contains { $0.pass == .partial } && drive.contains { $0.pass == .propagate })
    #expect(keys(drive) == keys(decisions(.adaptive(pointsLost: 1), (0..<90).map { SignalStreams.drive($0) })))
  }

  @Test("a policy that changes while playing keeps the key")
  func policiesChange() {
    var scheduler = Scheduler(policy: .fixed(interval: 10))
    for index in 0..<4 { _ = scheduler.decide(SignalStreams.still(index)) }
    scheduler.policy = .fixed(interval: 5)
    let before = scheduler.decide(SignalStreams.still(4))
    let after = scheduler.decide(SignalStreams.still(5))
    #expect(before.age == 4 && after.keyReason == .interval)
  }

  @Test("on random videos: first frame, cuts, intervals, ages and reasons", arguments: 0..<400)
  func invariants(seed: UInt64) {
    var random = RandomNumbers(seed: seed)
    let stream = SignalStreams.video(250, drops: seed % 2 == 0, using: &random)
    let minimum = Int.random(in: 1...6, using: &random)
    let maximum = minimum + Int.random(in: 0...20, using: &random)
    let settings = ScheduleSettings(minimumInterval: minimum, maximumInterval: maximum, between: seed % 3 == 0 ? .partial : .propagate)
    let rule = CutRule()
    for policy in inOrder {
      let decided = decisions(policy, stream, settings)
      var key = 0
      for (index, decision) in decided.enumerated() {
        let forced = index == 0 || stream[index].isDiscontinuity || rule.isCut(stream[index])
        let gap = stream[index].frame - stream[key].frame
        if forced { #expect(decision.pass == .full && [.first, .cut, .discontinuity].contains(decision.keyReason), "\(policy), seed \(seed), frame \(index)") }
        switch policy {
        case .fixed(let interval): #expect(forced || decision.isKey == (gap >= interval), "\(policy), seed \(seed), frame \(index)")
        case .adaptive:
          #expect(decision.isKey || gap < maximum, "\(policy), seed \(seed), frame \(index)")
          #expect(forced || !decision.isKey || gap >= minimum, "\(policy), seed \(seed), frame \(index)")
        case .every, .realtime: #expect(decision.pass == .full, "\(policy), seed \(seed), frame \(index)")
        }
        #expect(decision.isKey == (decision.pass == .full) && !decision.isBlank && !decision.startsBackgroundPass, "\(policy), seed \(seed)")
        if decision.isKey { key = index }
        #expect(decision.age == stream[index].frame - stream[key].frame, "\(policy), seed \(seed), frame \(index)")
        #expect(decision.predictedLoss >= 0 && decision.predictedLoss.isFinite)
      }
    }
  }

  @Test("a larger allowed loss never gives more keys, up to any frame", arguments: 0..<400)
  func adaptiveIsMonotone(seed: UInt64) {
    var random = RandomNumbers(seed: 10_000 + seed)
    let stream = SignalStreams.video(300, drops: seed % 2 == 0, using: &random)
    let settings = ScheduleSettings(minimumInterval: Int.random(in: 1...4, using: &random), maximumInterval: Int.random(in: 5...40, using: &random))
    var before: [Int]?
    for points in [0, 0.05, 0.2, 0.5, 1, 1.5, 3, 10, 100.0] {
      let keys = keys(decisions(.adaptive(pointsLost: points), stream, settings))
      if let before {
        #expect(keys.count <= before.count, "seed \(seed), \(points) points")
        #expect(zip(before, keys).allSatisfy { $0 <= $1 }, "seed \(seed), \(points) points")
      }
      before = keys
    }
  }

  @Test("the same signals give the same decisions")
  func isDeterministic() {
    var random = RandomNumbers(seed: 77)
    let stream = SignalStreams.video(500, drops: true, using: &random)
    for policy in inOrder { #expect(decisions(policy, stream) == decisions(policy, stream)) }
  }

  @Test("numbers that are none never stop it, and sensible frames afterwards are decided as ever", arguments: 0..<200)
  func survivesNonsense(seed: UInt64) {
    var random = RandomNumbers(seed: seed)
    for policy in inOrder + [.realtime, .adaptive(pointsLost: .nan), .fixed(interval: .min)] {
      var scheduler = Scheduler(policy: policy)
      for _ in 0..<60 {
        let decision = scheduler.decide(SignalStreams.hostile(using: &random))
        #expect(decision.predictedLoss.isFinite && decision.plannedMilliseconds.isFinite && (decision.age ?? 0) >= 0, "\(policy), seed \(seed)")
        let time = [Double.nan, -1, .infinity, 1e300].randomElement(using: &random) ?? 0
        scheduler.didFinish(decision.pass, milliseconds: time)
        scheduler.didMeasureFlow(milliseconds: time)
        if decision.startsBackgroundPass { scheduler.didFinish(.full, milliseconds: time, inBackground: true) }
      }
      var signals = SignalStreams.still(5)
      signals.isDiscontinuity = true
      let decision = scheduler.decide(signals)
      #expect(decision.isKey || scheduler.isBackgroundPassRunning, "\(policy), seed \(seed)")
    }
  }
}
