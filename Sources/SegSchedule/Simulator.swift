/// Runs a policy over a recording without a network: the same scheduler, with the recorded signals and costs.
///
/// What the recording measured against its own keyframes is used only where the simulated key is the same frame. A cost that a frame lacks is the last one
/// known before it, or the recording's first one after it, or 0 where there is none. Background passes have one core to themselves, or what the frames' own
/// work leaves of the only one; they end between two frames, and their results count from the next one on.
public struct Simulator: Sendable {
  /// What to run.
  public var policy: SchedulePolicy
  /// With which limits, machine and models.
  public var settings: ScheduleSettings

  /// Makes a simulator of a policy.
  public init(policy: SchedulePolicy, settings: ScheduleSettings = ScheduleSettings()) {
    self.policy = policy
    self.settings = settings
  }

  /// Runs the policy over the frames of a recording, from the first to the last.
  public func run(_ recording: SignalRecording) -> SimulationReport {
    var scheduler = Scheduler(policy: policy, settings: settings)
    var report = SimulationReport(policy: policy)
    var costs = FrameCosts(recording.frames)
    var background: (remaining: Double, whole: Double)?
    for frame in recording.frames {
      costs.advance(to: frame)
      let wantedFlow = scheduler.wantsFlow
      if wantedFlow { scheduler.didMeasureFlow(milliseconds: costs.flow) }
      let decision = scheduler.decide(wantedFlow ? frame.signals : frame.signals.withoutFlow)
      let passCost = costs.milliseconds(of: decision.pass)
      scheduler.didFinish(decision.pass, milliseconds: passCost)
      let own = passCost + (wantedFlow ? costs.flow : 0)
      report.take(decision, of: frame, milliseconds: own, duration: scheduler.duration)
      if decision.startsBackgroundPass {
        let whole = costs.milliseconds(of: .full)
        background = (whole, whole)
      }
      if let running = background {
        let slot = scheduler.duration * 1000
        let share = settings.cores < 2 ? max(0, slot - own) : slot
        // A frame whose own work takes longer than its time delays the next one, and the other core goes on meanwhile.
        let left = running.remaining - (settings.cores < 2 ? share : max(share, own))
        background = left > 0 ? (left, running.whole) : nil
        if left <= 0 {
          report.statistics.recordBackgroundPass(milliseconds: running.whole)
          scheduler.didFinish(.full, milliseconds: running.whole, inBackground: true)
        }
      }
    }
    return report
  }
}

/// The costs of the frame at hand, where the recording lacks them those of its neighbours.
private struct FrameCosts {
  private var known: [Pass: Double] = [:]
  private(set) var flow = 0.0

  init(_ frames: [RecordedFrame]) {
    for pass in Pass.allCases { known[pass] = frames.lazy.compactMap { $0.milliseconds[pass] }.first }
    flow = frames.lazy.compactMap(\.flowMilliseconds).first ?? 0
  }

  mutating func advance(to frame: RecordedFrame) {
    known.merge(frame.milliseconds) { $1 }
    flow = frame.flowMilliseconds ?? flow
  }

  func milliseconds(of pass: Pass) -> Double { pass == .hold ? 0 : known[pass] ?? 0 }
}
