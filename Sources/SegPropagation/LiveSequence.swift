public import SegBase
internal import SegGraph
public import SegModels
internal import SegMotion
internal import SegRuntime
public import SegSchedule

/// A network on a playing video: full passes on a thread of their own, as fast as one core allows, and for every frame the last result brought forward along
/// the optical flow, so that masks move with what they cover.
///
/// A full pass that ends late is brought forward through the flows of the frames that passed meanwhile. For networks of both kinds: class scores are warped
/// bilinearly, the index map of instances by the nearest pixel, and boxes by the mean flow within their masks. `process` and `stop` are for one thread.
public final class LiveSequence {
  /// The newest frame's labels: one class index a pixel of the picture's size, or the index map of `instances`. Undefined while a result is blank.
  public private(set) var labels = PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)
  /// The newest frame's instances, where the network finds instances.
  public private(set) var instances: [DetectedInstance] = []

  private let keys: KeyThread
  private let labelMaker: LabelMaker?
  private let blender = ScoreBlender(threads: 1)
  private let instanceWarp = InstanceWarp()
  private let motion: FrameMotion
  private var scheduler: Scheduler
  private var frame = 0
  private var passNumber = 0
  private var forgetsTracks = true
  /// First times are of memory that is touched for the first time; the scheduler does not hear of them.
  private var warmUps = (flow: 3, propagation: 3)
  /// What is shown, and the flow from the newest frame to its frame.
  private var anchor: KeyAnswer?
  private var anchorFlow = FlowField(size: PixelSize(width: 1, height: 1))
  /// The flow from the newest frame to that of the pass that runs.
  private var runningFlow = FlowField(size: PixelSize(width: 1, height: 1))
  private var isRunning = false
  private var scratch = FlowField(size: PixelSize(width: 1, height: 1))
  private var scores = ScoreMap()

  /// Makes a sequence for pictures of `size`; the model is used by nobody else from now on.
  /// - Throws: when the size does not suit the network.
  public init(_ model: SegmentationModel, size: PixelSize, cores: Int) throws(InputError) {
    try model.prepare(for: size)
    labelMaker = model.loaded.findsInstances ? nil : try model.labelMaker(for: size)
    keys = KeyThread(model)
    motion = FrameMotion(source: .dense)
    scheduler = Scheduler(policy: .realtime, settings: ScheduleSettings(cores: cores))
  }

  /// Works on the next frame; `labels` and `instances` are then its, unless the result's decision is blank.
  ///
  /// - Parameters:
  ///   - picture: RGB of the size the sequence was made for.
  ///   - time: its presentation time.
  ///   - duration: seconds until the next frame is due.
  ///   - isDiscontinuity: whether it does not follow the frame before.
  ///   - shown: the size at which masks of instances are wanted; nil: that of the picture.
  ///   - waits: whether a frame without a result waits for one: nothing may follow it that could show it later.
  /// - Throws: what the network cannot do.
  public func process(
    _ picture: borrowing PixelImage, at time: MediaTime, duration: Double, isDiscontinuity: Bool, shown: PixelSize?, waits: Bool = false
  ) throws(InputError) -> LiveResult {
    var result = try step(picture, at: time, duration: duration, isDiscontinuity: isDiscontinuity, shown: shown, waits: false)
    // The pass that ran may have been of another scene; the second one is this frame's.
    for _ in 0..<2 where waits && result.decision.isBlank {
      result = try step(picture, at: time, duration: duration, isDiscontinuity: false, shown: shown, waits: true)
    }
    return result
  }

  private func step(
    _ picture: borrowing PixelImage, at time: MediaTime, duration: Double, isDiscontinuity: Bool, shown: PixelSize?, waits: Bool
  ) throws(InputError) -> LiveResult {
    let clock = ContinuousClock()
    motion.advance(to: picture, restarts: isDiscontinuity)
    if isDiscontinuity { forgetsTracks = true }
    let signals = measure(at: time, duration: duration, isDiscontinuity: isDiscontinuity)
    let finished = try takeAnswer(waits: waits)
    var result = LiveResult(decision: scheduler.decide(signals))
    result.fullMilliseconds = finished
    result.flowMilliseconds = motion.milliseconds
    let started = clock.now
    if result.decision.pass == .full {
      result.fullMilliseconds = try passNow(picture, shown)
    } else if result.decision.startsBackgroundPass {
      start(picture, shown)
      runningFlow.reshape(to: motion.size)
      runningFlow.fill(x: 0, y: 0)
      isRunning = true
    }
    if result.decision.isBlank { drop() } else if result.decision.pass != .hold { bringForward() }
    result.passMilliseconds = (clock.now - started) / .milliseconds(1)
    if result.decision.pass == .propagate {
      if warmUps.propagation > 0 { warmUps.propagation -= 1 } else { scheduler.didFinish(.propagate, milliseconds: result.passMilliseconds) }
    }
    return result
  }

  /// Ends the thread of the full passes. Nothing else may be called afterwards.
  public func stop() { keys.stop() }

  /// The frame's signals; chains of flow are one frame longer afterwards.
  private func measure(at time: MediaTime, duration: Double, isDiscontinuity: Bool) -> FrameSignals {
    var signals = FrameSignals(frame: frame, time: time, duration: duration)
    signals.isDiscontinuity = isDiscontinuity && frame > 0
    frame += 1
    if !motion.hasPrevious { return signals }
    signals.histogramDistance = motion.histogramChange
    signals.meanAbsoluteDifference = motion.meanDifference
    if anchor != nil || isRunning, scheduler.wantsFlow {
      signals.flowMagnitude = motion.meanFlow
      if anchor != nil { anchorFlow.prepend(motion.backward, scratch: &scratch) }
      if isRunning { runningFlow.prepend(motion.backward, scratch: &scratch) }
      if warmUps.flow > 0 { warmUps.flow -= 1 } else { scheduler.didMeasureFlow(milliseconds: motion.milliseconds) }
    }
    return signals
  }

  private func start(_ picture: borrowing PixelImage, _ shown: PixelSize?) {
    passNumber += 1
    keys.start(KeyJob(picture: picture.copy(), shown: shown, number: passNumber, forgetsTracks: forgetsTracks))
    forgetsTracks = false
  }

  /// Takes the background pass's answer when it has ended, or waits for it, and says how long it took.
  private func takeAnswer(waits: Bool) throws(InputError) -> Double? {
    guard isRunning, var answer = waits ? keys.waitForAnswer() : keys.answer() else { return nil }
    isRunning = false
    if let failure = answer.failure {
      scheduler.didAbandonBackgroundPass()
      throw failure
    }
    let milliseconds = answer.milliseconds
    if scheduler.didFinish(.full, milliseconds: milliseconds, inBackground: true) {
      swap(&anchorFlow, &runningFlow)
      show(&answer)
    }
    keys.recycle(answer)
    return milliseconds
  }

  /// Runs a full pass on this frame and waits for it, after one that still runs in the background.
  private func passNow(_ picture: borrowing PixelImage, _ shown: PixelSize?) throws(InputError) -> Double {
    if isRunning {
      isRunning = false
      scheduler.didAbandonBackgroundPass()
      if let late = keys.waitForAnswer() { keys.recycle(late) }
    }
    start(picture, shown)
    guard var answer = keys.waitForAnswer() else { return 0 }
    if let failure = answer.failure { throw failure }
    let milliseconds = answer.milliseconds
    scheduler.didFinish(.full, milliseconds: milliseconds)
    anchorFlow.reshape(to: motion.size)
    anchorFlow.fill(x: 0, y: 0)
    show(&answer)
    keys.recycle(answer)
    return milliseconds
  }

  /// Makes an answer what is shown; `answer` becomes what was shown before.
  private func show(_ answer: inout KeyAnswer) {
    var old = anchor.take() ?? KeyAnswer()
    swap(&old, &answer)
    anchor = consume old
  }

  private func drop() { if let old = anchor.take() { keys.recycle(old) } }

  /// Brings what is shown to the newest frame.
  private func bringForward() {
    guard let answer = anchor.take() else { return }
    if let labelMaker {
      if answer.scores.size == PixelSize(width: labelMaker.width, height: labelMaker.height) {
        blender.label(answer.scores, along: anchorFlow, ignoring: nil, into: &labels)
      } else {
        blender.warp(answer.scores, along: anchorFlow, into: &scores)
        labels.reshape(to: PixelSize(width: labelMaker.width, height: labelMaker.height), format: .gray8)
        let map = scores.scores
        labels.withMutableBytes { labelMaker.makeLabels(from: map, into: $0) }
      }
    } else {
      instances = instanceWarp.bring(answer.instances, map: answer.map, along: anchorFlow, into: &labels)
    }
    anchor = consume answer
  }
}
