import SegBase
import SegModels
import SegOverlay
import SegSchedule
import SegVideo

/// Results of the network and the choice of models.
extension Player {
  /// Takes the network's newest labels that belong to the frame on the screen or one before it.
  func takeResults() {
    while let error = inference.nextFailure() {
      display.notify(error.description)
      useModel(0)
    }
    // After a seek the frame on the screen is of another place until the first one comes.
    let horizon = shownGeneration == generation ? current?.presentationTime : nil
    useNextMask(until: horizon)
    // Masks that come in order and all wait for their frames are left where they are until it is their turn.
    while nextMask == nil || !configuration.looksAhead, let result = inference.nextResult() {
      record(result.pass)
      if result.generation != generation || result.modelNumber != modelNumber {
        inference.recycle(result.labels)
      } else if let horizon, result.presentationTime <= horizon {
        use(result)
      } else {
        if let old = nextMask.take() { inference.recycle(old.labels) }
        nextMask = consume result
      }
    }
    useNextMask(until: horizon)
  }

  /// Uses the next labels when their frame is on the screen.
  private func useNextMask(until horizon: MediaTime?) {
    if let time = nextMask?.presentationTime, let horizon, time <= horizon, let newer = nextMask.take() { use(newer) }
  }

  /// Counts a frame's pass.
  private func record(_ pass: FramePass) {
    statistics.record(pass.decision, milliseconds: pass.milliseconds)
    figures.pass = pass.decision
    guard let milliseconds = pass.fullMilliseconds else { return }
    networkMeter.record(at: WallClock.now())
    figures.networkMilliseconds = milliseconds
  }

  /// Uses another schedule from the next frame on.
  func usePolicy(_ policy: SchedulePolicy) {
    inference.policy = policy
    statistics = PassStatistics()
    networkMeter.reset()
    display.notify("schedule \(policy)")
    offerFrames()
  }

  /// The schedules that a key goes through.
  static let policies: [SchedulePolicy] = [.realtime, .every, .fixed(interval: 5), .adaptive(pointsLost: SchedulePolicy.defaultPointsLost)]

  /// The next of the schedules.
  func cyclePolicy() {
    let kind = Self.policies.firstIndex { $0.kind == inference.policy.kind } ?? -1
    usePolicy(Self.policies[(kind + 1) % Self.policies.count])
  }

  /// A longer or shorter interval, or more or less loss, for the policies that have one.
  func changePolicy(_ direction: Int) {
    switch inference.policy {
    case .fixed(let interval): usePolicy(.fixed(interval: max(1, min(100, interval + direction))))
    case .adaptive(let points): usePolicy(.adaptive(pointsLost: max(0.25, min(20, points + 0.25 * Double(direction)))))
    case .every, .realtime: display.notify("\(inference.policy) has no interval")
    }
  }

  /// Puts newer labels in the place of those on the screen.
  private func use(_ result: consuming MaskResult) {
    if let time = mask?.presentationTime, time > result.presentationTime {
      inference.recycle(result.labels)
      return
    }
    dropMask()
    mask = consume result
    // A playing video shows the labels with its next frame.
    if clock.isPaused || hasEnded { needsRedraw = true }
  }

  /// Whether the labels at hand are those of the frame at `time`, or none are to be expected.
  func hasMask(for time: MediaTime) -> Bool {
    if wantedModel != nil { return false }
    return modelNumber == 0 || mask?.presentationTime == time || nextMask?.presentationTime == time
  }

  /// Gives the memory of the labels on the screen back.
  func dropMask() { if let old = mask.take() { inference.recycle(old.labels) } }

  /// Chooses a model by its key, loading it first where that was not done; 0 plays without one.
  func useModel(_ number: Int) {
    if number > shelf.requests.count {
      display.notify("no model \(number): there \(shelf.requests.count == 1 ? "is one" : "are \(shelf.requests.count)")")
      return
    }
    wantedModel = number
    if number > 0 {
      shelf.loadInBackground(at: number - 1, for: ModelShelf.Use(frame: information.displaySize, threads: configuration.threads))
      isLoadAnnounced = false
      if case .loading = shelf.state(at: number - 1) {
        isLoadAnnounced = true
        display.notify("loading \(shelf.requests[number - 1].displayName) ...")
      }
    }
    useLoadedModel()
  }

  /// Switches to the model that was asked for once it is loaded; the frames at hand are offered to it.
  func useLoadedModel() {
    guard let number = wantedModel else { return }
    if number == 0 {
      inference.use(nil, number: 0)
    } else {
      switch shelf.state(at: number - 1) {
      case .idle, .loading: return
      case .failed(let error):
        display.notify(error.description)
        wantedModel = nil
        return
      case .loaded(let model):
        inference.use(model, number: number)
        if isLoadAnnounced { display.notify("loaded \(shelf.requests[number - 1].displayName)") }
        style.palette = configuration.theme.palette(of: model.classes.colours)
        if let caution = model.caution { display.notify(caution) }
        if !model.report.isTrustworthy {
          display.notify("\(shelf.requests[number - 1].displayName): \(model.report.description.split(separator: "\n").joined(separator: "; "))")
        }
      }
    }
    wantedModel = nil
    modelNumber = number
    dropMask()
    nextMask = nil
    figures.legend = []
    figures.pass = nil
    statistics = PassStatistics()
    offerFrames()
    needsRedraw = current != nil
  }

  /// Whether the frame that is offered stands still until it has its own masks.
  var awaitsMasks: Bool { clock.isPaused || information.isStillImage || configuration.showsEveryFrame }

  /// Offers the frame on the screen to the network, or while playing the next one.
  func offerFrames() {
    if configuration.looksAhead { return offerAhead() }
    if clock.isPaused || pending == nil {
      switch current {
      case .some(let frame): inference.offer(frame, generation: generation, shown: display.shownSize, waits: awaitsMasks)
      case .none: break
      }
    } else {
      switch pending {
      case .some(let frame): inference.offer(frame, generation: generation, shown: display.shownSize, waits: awaitsMasks)
      case .none: break
      }
    }
  }

  /// The model in use, when there is one.
  var loadedModel: LoadedModel? {
    guard modelNumber > 0, case .loaded(let model) = shelf.state(at: modelNumber - 1) else { return nil }
    return model
  }
}

extension SchedulePolicy {
  /// Which of the policies it is, whatever its number.
  fileprivate var kind: Int {
    switch self {
    case .realtime: 0
    case .every: 1
    case .fixed: 2
    case .adaptive: 3
    }
  }
}
