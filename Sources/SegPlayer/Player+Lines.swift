import SegBase
import SegSchedule
import SegVideo

/// The recording of what was shown, a line a frame.
extension Player {
  /// Notes what is drawn of the frame on the screen: its own pass where its masks are there, otherwise how old those are that are shown.
  func noteLine() {
    // Between a seek and its first frame the old one stays on the screen, without its masks.
    if configuration.record == nil || shownGeneration != generation { return }
    guard let index = current?.index, let time = current?.presentationTime else { return }
    let known = mask?.pass.recorded
    if known?.signals.frame != index, let line = shownLine, line.decision?.pass != .hold { return }
    var line: RecordedFrame
    if let known, known.signals.frame == index {
      line = known
    } else {
      line = RecordedFrame(signals: FrameSignals(frame: index, time: time, duration: inference.frameSeconds))
      if modelNumber > 0 { line.decision = held(known, on: index) }
      // A pass that ended late is told of on the first frame that shows it.
      if let known, known.signals.frame != lineMask { line.milliseconds[.full] = mask?.pass.fullMilliseconds }
    }
    line.signals.isDiscontinuity = isFirstAfterSeek
    shownLine = line
  }

  /// What a frame got that is shown with the masks of an earlier one, or with none.
  private func held(_ known: RecordedFrame?, on index: Int) -> Decision {
    var decision = Decision(pass: .hold)
    guard let known, let before = known.decision else {
      decision.isBlank = true
      return decision
    }
    decision.age = before.age.map { $0 + max(0, index - known.signals.frame) }
    decision.predictedLoss = before.predictedLoss
    return decision
  }

  /// Hands on the line of the frame that leaves the screen.
  func writeLine() throws(InputError) {
    guard let record = configuration.record, let line = shownLine else { return }
    shownLine = nil
    lineMask = mask?.pass.recorded.signals.frame
    try record(line)
  }
}
