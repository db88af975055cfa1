import SegBase
import SegTestSupport
import Testing

@testable import SegSchedule

@Suite struct SchedulerRealtimeTests {
  /// A player of a video at 25 frames a second with costs that a test may change while it runs.
  private struct Player {
    var scheduler: Scheduler
    var full: Double
    var partial = 30.0
    var propagate = 2.0
    var flow = 3.0
    /// Frames that a background pass takes.
    var lateness: Int { max(1, Int((full / 40).rounded(.up))) }
    private(set) var remaining: Int?
    private(set) var lastResultWasUsed = true
    private var frame = 0

    init(full: Double, cores: Int = 2, between: Pass = .propagate) {
      scheduler = Scheduler(policy: .realtime, settings: ScheduleSettings(between: between, cores: cores))
      self.full = full
    }

    mutating func play(_ given: FrameSignals? = nil) -> Decision {
      if scheduler.wantsFlow { scheduler.didMeasureFlow(milliseconds: flow) }
      var signals = given ?? SignalStreams.drive(frame, rate: 25)
      signals.frame = frame
      let decision = scheduler.decide(signals)
      switch decision.pass {
      case .full: scheduler.didFinish(.full, milliseconds: full)
      case .partial: scheduler.didFinish(.partial, milliseconds: partial)
      case .propagate: scheduler.didFinish(.propagate, milliseconds: propagate)
      case .hold: break
      }
      if decision.startsBackgroundPass {
        #expect(remaining == nil, "two background passes")
        remaining = lateness
      }
      if let left = remaining {
        remaining = left > 1 ? left - 1 : nil
        if left == 1 { lastResultWasUsed = scheduler.didFinish(.full, milliseconds: full, inBackground: true) }
      }
      frame += 1
      return decision
    }

    mutating func leaveOut(_ count: Int) { frame += count }

    mutating func play(frames: Int) -> [Decision] { (0..<frames).map { _ in play() } }
  }

  @Test("a network that keeps up gets every frame, once its cost is known")
  func becomesEvery() {
    var player = Player(full: 20)
    let first = player.play()
    #expect(first.startsBackgroundPass && first.isBlank && first.keyReason == .first && first.pass == .hold)
    let rest = player.play(frames: 100)
    #expect(rest.allSatisfy { $0.pass == .full && $0.keyReason == .every && !$0.startsBackgroundPass })
  }

  @Test("a slow network runs in the background without a pause, and its late results are brought forward")
  func runsInTheBackground() {
    var player = Player(full: 400)
    let decided = player.play(frames: 200)
    #expect(decided.indices.filter { decided[$0].startsBackgroundPass } == Array(stride(from: 0, to: 200, by: 10)))
    #expect(decided[..<10].allSatisfy { $0.isBlank && $0.age == nil })
    #expect(decided[10...].allSatisfy { $0.pass == .propagate && (10..<20).contains($0.age ?? 0) })
    #expect(decided[10].age == 10 && decided[19].age == 19 && decided[20].age == 10)
    #expect(decided[10].keyReason == .idle && decided[10].predictedLoss > 0)
  }

  @Test("partial passes fill the time where they fit")
  func usesPartialPasses() {
    var player = Player(full: 60, between: .partial)
    let filled = player.play(frames: 50)
    #expect(filled[10...].allSatisfy { $0.pass == .partial })
    player = Player(full: 400, between: .partial)
    let slow = player.play(frames: 300)
    #expect(slow.allSatisfy { $0.pass != .partial })
  }

  @Test("a partial pass that turns out too expensive is left after a few frames and seldom tried again")
  func leavesExpensivePartialPasses() {
    var player = Player(full: 70, between: .partial)
    player.partial = 65
    let decided = player.play(frames: 500)
    let tried = decided.filter { $0.pass == .partial }.count
    #expect(tried > 0 && tried < 500 / 25)
  }

  @Test("with no time for the flow the last result stays where it is, and flow is tried again now and then")
  func holds() {
    var player = Player(full: 400)
    player.flow = 120
    let decided = player.play(frames: 400)
    let shown = decided[10...]
    #expect(shown.filter { $0.pass == .hold }.count > 370)
    player.flow = 3
    let relieved = player.play(frames: 400)
    #expect(relieved.suffix(100).allSatisfy { $0.pass == .propagate })
  }

  @Test("a cut drops the result and is key at once where the background core is free, else as soon as it is")
  func cutsWaitForTheBackgroundPass() {
    var player = Player(full: 400)
    _ = player.play(frames: 23)
    let cut = player.play(SignalStreams.cut(23))
    #expect(cut.isBlank && cut.pass == .hold && !cut.startsBackgroundPass)
    let waiting = player.play(frames: 6)
    #expect(waiting.allSatisfy { $0.isBlank && !$0.isKey })
    #expect(!player.lastResultWasUsed)
    let key = player.play()
    #expect(key.startsBackgroundPass && key.keyReason == .cut && key.isBlank)
    let blank = player.play(frames: 9)
    #expect(blank.allSatisfy { $0.isBlank })
    #expect(player.lastResultWasUsed)
    let shown = player.play()
    #expect(shown.age == 10)
  }

  @Test("costs that jump by ten are followed within eight frames, or eight background passes", arguments: [1, 2])
  func followsJumps(cores: Int) {
    var player = Player(full: 10, cores: cores)
    _ = player.play(frames: 30)
    player.full = 100
    let slow = player.play(frames: 8)
    #expect(slow.last?.pass == .propagate)
    player.full = 10
    let fast = player.play(frames: 8 * 3)
    #expect(fast.last?.pass == .full)
  }

  @Test("while frames go missing full passes pause, whether they wait or run in the background, and they come back", arguments: [25.0, 400])
  func rests(full: Double) {
    var player = Player(full: full)
    _ = player.play(frames: 100)
    let before = player.play(frames: 100).filter(\.isKey).count
    for _ in 0..<300 {
      _ = player.play()
      player.leaveOut(1)
    }
    let strained = player.play(frames: 50).filter(\.isKey).count
    #expect(Double(strained) * 2 <= Double(before) / 4 + 2, "\(strained) of \(before)")
    _ = player.play(frames: 2000)
    let after = player.play(frames: 100).filter(\.isKey).count
    #expect(after == before)
  }

  @Test("a cut gets its full pass while others pause")
  func cutsDoNotRest() {
    var player = Player(full: 25)
    _ = player.play(frames: 50)
    for _ in 0..<300 {
      _ = player.play()
      player.leaveOut(1)
    }
    let cut = player.play(SignalStreams.cut(0))
    #expect(cut.pass == .full && cut.keyReason == .cut)
  }

  @Test("a late result that is older than the key at hand is not used")
  func dropsOvertakenResults() {
    var scheduler = Scheduler(policy: .realtime)
    let first = scheduler.decide(SignalStreams.still(0))
    scheduler.policy = .fixed(interval: 10)
    let second = scheduler.decide(SignalStreams.still(1))
    let isUsed = scheduler.didFinish(.full, milliseconds: 100, inBackground: true)
    let third = scheduler.decide(SignalStreams.still(2))
    #expect(first.startsBackgroundPass && second.pass == .full && !isUsed && third.age == 1)
  }

  @Test("an abandoned background pass makes room for the next")
  func abandons() {
    var scheduler = Scheduler(policy: .realtime)
    let first = scheduler.decide(SignalStreams.still(0))
    let second = scheduler.decide(SignalStreams.still(1))
    scheduler.didAbandonBackgroundPass()
    let third = scheduler.decide(SignalStreams.still(2))
    #expect(first.startsBackgroundPass && !second.startsBackgroundPass && third.startsBackgroundPass)
    let isUsed = scheduler.didFinish(.full, milliseconds: 5, inBackground: true)
    let isUsedTwice = scheduler.didFinish(.full, milliseconds: 5, inBackground: true)
    #expect(isUsed && !isUsedTwice)
  }

  @Test("on random videos and costs: never two background passes, never more work than the cores can do, never a result of another scene", arguments: 0..<400)
  func invariants(seed: UInt64) {
    var random = RandomNumbers(seed: 20_000 + seed)
    let stream = SignalStreams.video(400, drops: seed % 2 == 0, using: &random)
    let cores = Int.random(in: 1...3, using: &random)
    var scheduler = Scheduler(policy: .realtime, settings: ScheduleSettings(between: seed % 3 == 0 ? .propagate : .partial, cores: cores))
    let slot = (stream.first?.duration ?? 0.04) * 1000
    var costs: [Pass: Double] = [:]
    func redrawCosts() {
      let full = slot * ([0.1, 0.5, 0.9, 1.5, 10].randomElement(using: &random) ?? 1)
      costs = [.full: full, .partial: full * 0.6, .propagate: slot * Double.random(in: 0.01...0.6, using: &random), .hold: 0]
    }
    redrawCosts()
    var running: (frame: Int, ends: Double)?
    var clock = 0.0
    var scene = stream[0].frame
    var pending = false
    for (index, signals) in stream.enumerated() {
      let place = "seed \(seed), frame \(index)"
      if Int.random(in: 0..<100, using: &random) == 0 { redrawCosts() }
      if let pass = running, pass.ends <= clock {
        let isUsed = scheduler.didFinish(.full, milliseconds: costs[.full] ?? 0, inBackground: true)
        #expect(!isUsed || pass.frame >= scene, "\(place): a result of another scene")
        running = nil
      }
      let starts = index == 0 || signals.isDiscontinuity || CutRule().isCut(signals)
      if starts {
        scene = signals.frame
        pending = true
      }
      if scheduler.wantsFlow { scheduler.didMeasureFlow(milliseconds: slot * 0.05) }
      let wasRunning = running != nil
      let decision = scheduler.decide(signals)
      #expect(!(decision.startsBackgroundPass && wasRunning), "\(place): two background passes")
      if decision.startsBackgroundPass { running = (signals.frame, clock + (costs[.full] ?? 0)) }
      // A scene is keyed on its first frame, or the first one after the pass that was running has ended.
      if pending && (!wasRunning || decision.pass == .full) {
        #expect(decision.isKey, "\(place): a scene without its key")
        pending = false
      }
      let budget = slot * (cores < 2 && running != nil && decision.pass != .full ? 0.5 : 1)
      #expect(decision.plannedMilliseconds <= budget + 1e-9, "\(place): the frame's own work does not fit")
      #expect(
        decision.plannedMilliseconds + (running == nil ? 0 : cores < 2 ? slot / 2 : slot) <= slot * Double(cores) + 1e-9, "\(place): more than the cores can do"
      )
      if let age = decision.age { #expect(signals.frame - age >= scene, "\(place): a result of another scene") }
      #expect(decision.isBlank == (decision.age == nil), "\(place)")
      #expect(decision.pass != .partial || !decision.isBlank, "\(place)")
      scheduler.didFinish(decision.pass, milliseconds: costs[decision.pass] ?? 0)
      clock += slot
    }
  }
}
