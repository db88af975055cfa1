extension Scheduler {
  /// A pass is taken up when it fits this share of the time there is, and kept up while it fits the time: costs near the limit do not make it flicker.
  static let entryShare = 0.85

  /// Whether the next frame's flow should be computed. If not, `realtime` has no time even for bringing the last result forward; the frame's signals then have
  /// no flow, and the predicted loss is too low until the next key.
  public var wantsFlow: Bool {
    if policy != .realtime || lastPass != .hold || key == nil { return true }
    return fits(.propagate, in: foregroundBudget(withBackground: true)) || fitsFull
  }

  /// Keeping up with the clock: a full pass on every frame where that fits; otherwise full passes one after the other in the background, and on each frame the
  /// best pass that fits beside them. While frames go missing there are pauses between full passes, unless nothing is shown yet.
  mutating func decideRealtime(_ signals: FrameSignals, start: KeyReason?, missing: Int) -> Decision {
    if let start { wanted = start }
    if start == nil { fullPassShare.take(missing: missing) } else { fullPassShare.startScene() }
    let isDue = key == nil || wanted != nil || mayStartFullPass(at: signals)
    if isDue && fitsFull {
      lastFullStart = signals.frame
      return .full(wanted ?? .every)
    }
    let budget = foregroundBudget(withBackground: true)
    var decision = Decision(pass: .hold)
    if key == nil {
      decision.isBlank = true
    } else if settings.between == .partial && fits(.partial, in: budget) {
      decision.pass = .partial
    } else if fits(.propagate, in: budget) {
      decision.pass = .propagate
    }
    if background == nil && isDue {
      lastFullStart = signals.frame
      decision.startsBackgroundPass = true
      decision.keyReason = wanted ?? .idle
      wanted = nil
      background = BackgroundPass(drift: Drift(startingAt: signals))
    }
    return decision
  }

  /// Whether the full passes' share of the time has room for another one.
  private func mayStartFullPass(at signals: FrameSignals) -> Bool {
    guard let lastFullStart, let cost = costs.milliseconds(of: .full) else { return true }
    return fullPassShare.allows(milliseconds: cost, after: Double(signals.frame - lastFullStart) * duration)
  }

  /// Whether a full pass fits in a frame's time. While one runs in the background it needs a core of its own.
  private var fitsFull: Bool {
    if background != nil && settings.cores < 2 { return false }
    return fits(.full, in: foregroundBudget(withBackground: false))
  }

  /// Milliseconds there are for a frame's own work. A full pass in the background has a core to itself; with one core they share it by halves.
  private func foregroundBudget(withBackground: Bool) -> Double { duration * 1000 * (withBackground && settings.cores < 2 ? 0.5 : 1) }

  private func fits(_ pass: Pass, in budget: Double) -> Bool {
    guard let cost = costs.plausibleMilliseconds(of: pass) else { return false }
    return cost <= budget * (lastPass == pass ? 1 : Self.entryShare)
  }
}
