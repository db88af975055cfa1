public import SegBase
internal import SegGraph
public import SegModels
internal import SegMotion
internal import SegRuntime
import SegSchedule

/// A network on a playing video: full passes on a thread of their own, as fast as one core allows, and for every frame the last result brought forward along
/// the optical flow, so that masks move with what they cover.
///
/// A full pass that ends late is brought forward through the flows of the frames that passed meanwhile, blended with what was shown before where the flow is
/// consistent. For networks of both kinds: class scores are warped bilinearly, the index map of instances by the nearest pixel, and boxes by the mean flow within
/// their masks; instances are not blended. `process` and `stop` are for one thread.
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
  private let fusing: SequenceSettings?
  private var frame = 0
  private var passNumber = 0
  private var forgetsTracks = true
  /// First times are of memory that is touched for the first time; the scheduler does not hear of them.
  private var warmUps = (flow: 3, propagation: 3)
  /// What is shown.
  private var anchor: KeyAnswer?
  /// The flow from the newest frame to that of what is shown, and to that of the pass that runs.
  private var anchorFlow = FlowField(size: PixelSize(width: 1, height: 1))
  private var runningFlow = FlowField(size: PixelSize(width: 1, height: 1))
  /// Whether those lack no step.
  private var isAnchorFlowWhole = true
  private var isRunningFlowWhole = true
  private var isRunning = false
  /// The number of the pass whose result `labels` are; nil before the first.
  private var shownNumber: Int?
  /// Milliseconds that the last look for consistent flow and the last fusing took.
  private var consistencyCost = 0.0
  private var fusingCost = 0.0
  private var scratch = FlowField(size: PixelSize(width: 1, height: 1))
  private var scores = ScoreMap()

  /// Share of a frame's time that all its work with fusing may be expected to take; where it would take more, a pass is not fused.
  private static let fusionShare = 0.85
  private static let fading = 0.97

  /// Makes a sequence for pictures of `size`; the model is used by nobody else from now on. With `fuses` late results are blended with what was shown before.
  /// - Throws: when the size does not suit the network.
  public init(_ model: SegmentationModel, size: PixelSize, cores: Int, flow: FlowSource = .dense, fuses: Bool = true) throws(InputError) {
    try model.prepare(for: size)
    let isFused = fuses && flow != .none && !model.loaded.findsInstances
    labelMaker = model.loaded.findsInstances ? nil : try model.labelMaker(for: size)
    keys = KeyThread(model, fuses: isFused)
    motion = FrameMotion(source: flow)
    fusing = isFused ? SequenceSettings() : nil
    scheduler = Scheduler(policy: .realtime, settings: ScheduleSettings(cores: cores, errorModel: flow.errorModel))
  }

  /// Works on the next frame; `labels` and `instances` are then its, unless the result's decision is blank.
  ///
  /// - Parameters:
  ///   - picture: RGB of the size the sequence was made for.
  ///   - time: its presentation time.
  ///   - duration: seconds until the next frame is due.
  ///   - isDiscontinuity: whether it does not follow the frame before.
  ///   - missing: frames of the video between the frame before and this one, which nobody had time for.
  ///   - shown: the size at which masks of instances are wanted; nil: that of the picture.
  ///   - codec: what its codec says of the motion from the frame before; used where the flow is taken from the codec.
  ///   - waits: whether a frame without a result waits for one: nothing may follow it that could show it later.
  /// - Throws: what the network cannot do.
  public func process(
    _ picture: borrowing PixelImage, at time: MediaTime, duration: Double, isDiscontinuity: Bool, missing: Int = 0, shown: PixelSize?,
    codec: CodecMotion? = nil, waits: Bool = false
  ) throws(InputError) -> LiveResult {
    frame += max(0, missing)
    var result = try step(picture, at: time, duration: duration, isDiscontinuity: isDiscontinuity, shown: shown, codec: codec, waits: false)
    let signals = result.signals
    // The pass that ran may have been of another scene; the second one is this frame's.
    for _ in 0..<2 where waits && result.decision.isBlank {
      result = try step(picture, at: time, duration: duration, isDiscontinuity: false, shown: shown, codec: nil, waits: true)
    }
    result.signals = signals
    return result
  }

  private func step(
    _ picture: borrowing PixelImage, at time: MediaTime, duration: Double, isDiscontinuity: Bool, shown: PixelSize?, codec: CodecMotion?, waits: Bool
  ) throws(InputError) -> LiveResult {
    let clock = ContinuousClock()
    motion.advance(to: picture, codec: codec, restarts: isDiscontinuity)
    if isDiscontinuity { forgetsTracks = true }
    let signals = measure(at: time, duration: duration, isDiscontinuity: isDiscontinuity)
    let finished = try takeAnswer(waits: waits)
    var result = LiveResult(signals: signals, decision: scheduler.decide(signals))
    if let finished { (result.fullMilliseconds, result.isFused) = finished }
    if !result.continuesScene { drop() }
    let fusion = result.decision.pass == .full || result.decision.startsBackgroundPass ? self.fusion(for: result.decision, duration: duration) : nil
    result.flowMilliseconds = motion.milliseconds
    let started = clock.now
    if result.decision.pass == .full {
      let finished = try passNow(picture, shown, fusion)
      (result.fullMilliseconds, result.isFused) = finished
    } else if result.decision.startsBackgroundPass {
      start(picture, shown, fusion)
      runningFlow.reshape(to: motion.size)
      runningFlow.fill(x: 0, y: 0)
      (isRunning, isRunningFlowWhole) = (true, true)
    }
    if result.decision.isBlank {
      drop()
    } else if result.decision.pass != .hold || shownNumber != anchor?.number {
      // Where there is no time for it, a new result is brought forward once: what was shown before may be of another scene.
      bringForward()
    }
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
    signals.intraShare = motion.intraShare
    guard anchor != nil || isRunning else { return signals }
    if scheduler.wantsFlow {
      signals.flowMagnitude = motion.meanFlow
      if anchor != nil { anchorFlow.prepend(motion.backward, scratch: &scratch) }
      if isRunning { runningFlow.prepend(motion.backward, scratch: &scratch) }
      if warmUps.flow > 0 { warmUps.flow -= 1 } else { scheduler.didMeasureFlow(milliseconds: motion.milliseconds) }
    } else {
      (isAnchorFlowWhole, isRunningFlowWhole) = (false, false)
    }
    return signals
  }

  /// How a pass on the newest frame is fused with what is shown; nil where it is not: nothing is shown, or it does not fit in the frame's time.
  private func fusion(for decision: Decision, duration: Double) -> KeyFusion? {
    guard let fusing, isAnchorFlowWhole, motion.hasPrevious, let number = anchor?.number, let past = anchor?.frame else { return nil }
    let own = decision.pass == .full ? (scheduler.costs.milliseconds(of: .full) ?? 0) + fusingCost + motion.milliseconds : decision.plannedMilliseconds
    if duration > 0 && own + consistencyCost > Self.fusionShare * duration * 1000 {
      // What it took once is forgotten slowly, so that it is tried again.
      (consistencyCost, fusingCost) = (consistencyCost * Self.fading, fusingCost * Self.fading)
      return nil
    }
    let before = motion.milliseconds
    motion.needConsistency()
    consistencyCost = motion.milliseconds - before
    var flow = FlowField(size: motion.size)
    flow.copyVectors(of: anchorFlow)
    return KeyFusion(number: number, flow: flow, mask: motion.consistent.copy(), freshShare: fusing.freshShare(at: frame - 1 - past))
  }

  private func start(_ picture: borrowing PixelImage, _ shown: PixelSize?, _ fusion: consuming KeyFusion?) {
    passNumber += 1
    keys.start(
      KeyJob(picture: picture.copy(), shown: shown, number: passNumber, frame: frame - 1, forgetsTracks: forgetsTracks, fusion: fusion))
    forgetsTracks = false
  }

  /// Takes the background pass's answer when it has ended, or waits for it, and says how long it took and whether it was fused.
  private func takeAnswer(waits: Bool) throws(InputError) -> (Double, Bool)? {
    guard isRunning, var answer = waits ? keys.waitForAnswer() : keys.answer() else { return nil }
    isRunning = false
    if let failure = answer.failure {
      scheduler.didAbandonBackgroundPass()
      throw failure
    }
    let finished = note(answer)
    if scheduler.didFinish(.full, milliseconds: answer.milliseconds, inBackground: true) {
      swap(&anchorFlow, &runningFlow)
      isAnchorFlowWhole = isRunningFlowWhole
      show(&answer)
    }
    keys.recycle(answer)
    return finished
  }

  /// The time of an answer's pass, and whether it was fused.
  private func note(_ answer: borrowing KeyAnswer) -> (Double, Bool) {
    if let cost = answer.fusingMilliseconds { fusingCost = cost }
    return (answer.milliseconds, answer.fusingMilliseconds != nil)
  }

  /// Runs a full pass on this frame and waits for it, after one that still runs in the background.
  private func passNow(_ picture: borrowing PixelImage, _ shown: PixelSize?, _ fusion: consuming KeyFusion?) throws(InputError) -> (Double, Bool) {
    if isRunning {
      isRunning = false
      scheduler.didAbandonBackgroundPass()
      if let late = keys.waitForAnswer() { keys.recycle(late) }
    }
    start(picture, shown, fusion)
    guard var answer = keys.waitForAnswer() else { return (0, false) }
    if let failure = answer.failure { throw failure }
    let finished = note(answer)
    scheduler.didFinish(.full, milliseconds: answer.milliseconds)
    anchorFlow.reshape(to: motion.size)
    anchorFlow.fill(x: 0, y: 0)
    isAnchorFlowWhole = true
    show(&answer)
    keys.recycle(answer)
    return finished
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
    shownNumber = answer.number
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
