public import SegBase
import SegExport
import SegModels
import SegOverlay
import SegPropagation
import SegSchedule
package import SegVideo

/// Plays a video with a network's labels on it: shows each frame at its time with the newest labels there are, whatever the network costs.
///
/// Decoding and the network have threads of their own; everything else happens on the thread that calls `run`.
public final class Player {
  /// How far the picture may fall behind the clock before the clock waits for it, such as when decoding is slower than the video.
  static let largestLag = MediaTime(seconds: 0.5)
  /// Milliseconds between two looks for frames or labels that are on their way; nothing wakes the wait for a key.
  static let pollInterval = 2
  /// Milliseconds between two turns when nothing is on its way.
  static let idleInterval = 100
  /// Nanoseconds between two updates of the figures.
  static let figuresInterval: UInt64 = 400_000_000

  let configuration: PlayerConfiguration
  let information: MediaInformation
  let shelf: ModelShelf
  let decoder: DecodeThread
  let inference: InferenceThread
  let display: any PlayerDisplay
  let source: VideoSource

  var clock: PlaybackClock
  var style: OverlayStyle
  var instanceOptions = InstanceDrawing.Options(colouring: .byTrack)
  var generation = 0
  /// The next frame, which is not due yet.
  var pending: VideoFrame?
  /// Frames after the pending one, where masks wait for frames to come; the first `aheadOffered` of them were offered to the network.
  var ahead: [AheadFrame] = []
  var aheadOffered = 0
  /// Whether the network knows that no frames follow.
  var isEndOffered = false
  /// The frame on the screen.
  var current: VideoFrame?
  /// The labels on the screen, and the next ones, which belong to a frame that is not shown yet.
  var mask: MaskResult?
  var nextMask: MaskResult?
  let noLabels = PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)
  var modelNumber = 0
  var wantedModel: Int?
  /// Whether somebody was told that the wanted model is being loaded.
  var isLoadAnnounced = false
  var recorder: Recorder?
  var figures = PlayerFigures()
  var shownMeter = RateMeter()
  var networkMeter = RateMeter()
  var vectorWatch = MotionVectorWatch()
  /// The frame on the screen as a line of the recording, with what was drawn of it last.
  var shownLine: RecordedFrame?
  /// The generation of the frame on the screen, and whether it is another than that of the frame before.
  var shownGeneration: Int?
  var isFirstAfterSeek = false
  /// The number of the frame whose masks the line before told of.
  var lineMask: Int?
  /// The passes of the frames since the model or the schedule changed.
  var statistics = PassStatistics()

  /// Whether the next frame is to be shown whatever the clock says: at the start, after a seek, for a step.
  var awaitsFrame = true
  /// Where a seek goes that has not shown a frame yet; a further one starts from there.
  var seekTarget: MediaTime?
  /// Steps that wait for the one before to be shown: positive forward, negative back.
  var queuedSteps = 0
  var hasEnded = false
  var isFinished = false
  var needsRedraw = false
  var nextFiguresUpdate: UInt64 = 0

  /// The signal that ended playback, when one did.
  public internal(set) var endingSignal: Int32?

  /// Opens the video and loads the first model; nothing is shown yet.
  /// - Throws: when the video, the weights or the terminal cannot be used.
  public convenience init(_ configuration: PlayerConfiguration) throws(InputError) {
    let shelf = ModelShelf(configuration.models)
    // The model loads while the video is opened.
    if !configuration.models.isEmpty { shelf.loadInBackground(at: configuration.firstModel) }
    let source = try VideoSource(configuration.location, exportsMotionVectors: configuration.flow.needsMotionVectors)
    if !configuration.models.isEmpty { _ = try shelf.waitForLoad(at: configuration.firstModel) }
    if let start = configuration.start { try source.seek(to: start) }
    let display = try PlayerDisplays.make(configuration, source.information)
    self.init(configuration, source, shelf, display)
  }

  /// Plays `source` on a display that is given; for tests.
  package init(_ configuration: PlayerConfiguration, _ source: VideoSource, _ shelf: ModelShelf, _ display: any PlayerDisplay) {
    self.configuration = configuration
    self.source = source
    information = source.information
    self.shelf = shelf
    self.display = display
    style = configuration.style
    decoder = DecodeThread(source)
    var settings = MaskSettings()
    (settings.threads, settings.flow, settings.fuses) = (configuration.threads, configuration.flow, configuration.fuses)
    (settings.between, settings.usesOwnFlow) = (configuration.between, configuration.usesOwnFlow)
    (settings.waitsForEveryFrame, settings.looksAhead) = (configuration.showsEveryFrame, configuration.looksAhead)
    inference = InferenceThread(displaySize: source.information.displaySize, settings: settings, policy: configuration.policy) {
      shelf.takePrepared(at: $0 - 1)
    }
    clock = PlaybackClock(media: .zero, wall: WallClock.now())
    inference.frameSeconds = 1 / max(1, source.information.frameRate ?? 25)
    figures.duration = information.duration
    figures.videoRate = information.frameRate
  }

  /// Plays until the end, a key or a signal ends it, and gives the terminal back.
  /// - Throws: when not a single frame can be shown, or decoding fails before the end.
  public func run() throws(InputError) {
    defer {
      display.close()
      inference.stop()
      decoder.stop()
    }
    useModel(shelf.requests.isEmpty ? 0 : configuration.firstModel + 1)
    var failure: InputError?
    while !isFinished {
      do throws(InputError) {
        try turn()
      } catch {
        failure = error
        break
      }
    }
    do throws(InputError) {
      try writeLine()
    } catch {
      failure = failure ?? error
    }
    if endingSignal != nil && recorder != nil { display.holdDeadline() }
    finishRecording()
    updateFigures(WallClock.now())
    if let failure { throw failure }
  }

  /// One turn of the loop: results, frames, figures, and a key if there is one.
  private func turn() throws(InputError) {
    takeResults()
    useLoadedModel()
    try advance()
    if needsRedraw { try draw() }
    let now = WallClock.now()
    if now >= nextFiguresUpdate { updateFigures(now) }
    if let command = display.nextCommand(timeout: pause(after: WallClock.now())) { try perform(command) }
  }

  /// Milliseconds to wait for a key until something else is due, rounded up: what is due within one is not worth a turn of its own.
  private func pause(after now: UInt64) -> Int {
    if isFinished || needsRedraw { return 0 }
    if awaitsFrame || pending == nil && !hasEnded || configuration.showsEveryFrame { return Self.pollInterval }
    // Labels of a frame that stands still are shown as soon as they come; those of a playing video with its next frame.
    let isMaskMissing = wantedModel != nil || current?.presentationTime != mask?.presentationTime && modelNumber > 0
    if clock.isPaused || hasEnded && pending == nil { return isMaskMissing ? Self.pollInterval : Self.idleInterval }
    guard let time = pending?.presentationTime, let due = clock.wall(at: time) else { return Self.idleInterval }
    let milliseconds = due > now ? Int((due - now + 999_999) / 1_000_000) : 0
    return min(milliseconds, Self.idleInterval)
  }

  /// Takes the next decoded frame if there is room for it, and offers it to the network ahead of its time.
  func fillPending() throws(InputError) {
    if configuration.looksAhead { return try fillAhead() }
    guard pending == nil, let frame = try nextFrame() else { return }
    inference.offer(frame, generation: generation, shown: display.shownSize, waits: awaitsMasks)
    pending = consume frame
  }

  /// The next decoded frame; nil while there is none, and at the end.
  func nextFrame() throws(InputError) -> VideoFrame? {
    guard !hasEnded, let item = decoder.next() else { return nil }
    switch consume item {
    case .frame(let frame, _):
      if configuration.flow.needsMotionVectors && modelNumber > 0 && vectorWatch.take(frame) { display.notify(MotionVectorWatch.notice) }
      return frame
    case .end: hasEnded = true
    case .failure(let error, _):
      if figures.shownFrames == 0 { throw error }
      display.notify(error.description)
      hasEnded = true
    }
    return nil
  }

  /// Shows what is due.
  private func advance() throws(InputError) {
    try fillPending()
    guard let time = pending?.presentationTime else {
      if hasEnded && ahead.isEmpty { end() }
      return
    }
    if configuration.showsEveryFrame && !hasMask(for: time) { return }
    let now = WallClock.now()
    if awaitsFrame {
      awaitsFrame = false
      clock.move(to: time, at: now)
      try showPending(dueUntil: time)
      return
    }
    let due = clock.media(at: now)
    if clock.isPaused || time > due { return }
    try showPending(dueUntil: configuration.showsEveryFrame ? time : due)
    let shown = current?.presentationTime ?? due
    if configuration.showsEveryFrame || due - shown > Self.largestLag { clock.move(to: shown, at: now) }
  }

  /// Shows the newest frame that is due at `due`; those before it are dropped and counted.
  private func showPending(dueUntil due: MediaTime) throws(InputError) {
    guard var frame = pending.take() else { return }
    try fillPending()
    while let time = pending?.presentationTime, time <= due, let newer = pending.take() {
      frame = newer
      figures.droppedFrames += 1
      try fillPending()
    }
    try show(frame)
  }

  private func show(_ frame: consuming VideoFrame) throws(InputError) {
    try writeLine()
    current = consume frame
    isFirstAfterSeek = shownGeneration != nil && shownGeneration != generation
    shownGeneration = generation
    takeResults()
    try draw()
    try record()
    shownMeter.record(at: WallClock.now())
    figures.shownFrames += 1
    seekTarget = nil
    takeQueuedStep()
    if figures.shownFrames == configuration.frameLimit { isFinished = true }
  }

  /// What happens when the last frame has been shown for its time. A still picture stays until a key, or off a terminal until its mask is there.
  private func end() {
    awaitsFrame = false
    seekTarget = nil
    // No step leads past the end, but one back may have been asked for while the end was on its way.
    queuedSteps = min(0, queuedSteps)
    if queuedSteps < 0 { takeQueuedStep() }
    if !hasEnded { return }
    guard let time = current?.presentationTime else {
      isFinished = true
      return
    }
    if information.isStillImage {
      isFinished = !display.isInteractive && hasMask(for: time)
      return
    }
    let length = current?.duration ?? MediaTime(seconds: 1 / max(1, information.frameRate ?? 25))
    if clock.isPaused || clock.media(at: WallClock.now()) < time + length { return }
    if configuration.loops && information.isSeekable { seek(to: .zero) } else { isFinished = true }
  }
}
