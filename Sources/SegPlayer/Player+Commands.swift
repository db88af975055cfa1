import Foundation
import SegBase
import SegExport
import SegModels
import SegOverlay
import SegSchedule
import SegVideo

/// What keys do.
extension Player {
  private static let opacityStep = 0.1
  /// How far before a frame's own time a step back aims; the frame that is shown then is the one before.
  private static let stepBack = MediaTime(microseconds: 1)

  func perform(_ command: PlayerCommand) throws(InputError) {
    let now = WallClock.now()
    switch command {
    case .quit: isFinished = true
    case .quitBySignal(let signal):
      endingSignal = signal
      isFinished = true
    case .togglePause:
      clock.setPaused(!clock.isPaused, at: now)
      shownMeter.reset()
      if clock.isPaused && !configuration.looksAhead { offerFrames() }
    case .seek(let seconds): seek(to: (seekTarget ?? current?.presentationTime ?? .zero) + MediaTime(seconds: seconds))
    case .seekToStart: seek(to: .zero)
    case .stepForward: step(1, at: now)
    case .stepBack: step(-1, at: now)
    case .slower: clock.stepSpeed(-1, at: now)
    case .faster: clock.stepSpeed(1, at: now)
    case .normalSpeed: clock.setSpeed(1, at: now)
    case .cycleView: changeStyle { $0.view = $0.view.next }
    case .moreOpacity: changeStyle { $0.opacity = min(1, $0.opacity + Self.opacityStep) }
    case .lessOpacity: changeStyle { $0.opacity = max(0, $0.opacity - Self.opacityStep) }
    case .toggleBoxes: changeInstances { $0.boxes.toggle() }
    case .toggleLabels: changeInstances { $0.labels.toggle() }
    case .toggleScores: changeInstances { $0.scores.toggle() }
    case .toggleTracks: changeInstances { $0.tracks.toggle() }
    case .cycleColouring: changeInstances { $0.colouring = $0.colouring == .byTrack ? .byClass : .byTrack }
    case .cyclePolicy: cyclePolicy()
    case .changePolicy(let direction): changePolicy(direction)
    case .model(let number): useModel(number)
    case .savePicture: savePicture()
    case .toggleRecording: toggleRecording()
    case .toggleHUD: display.toggle(.hud)
    case .toggleHelp: display.toggle(.help)
    case .closePanel: display.toggle(.noPanel)
    case .redraw:
      display.toggle(.everything)
      // Masks of objects are made for the size that is shown.
      if clock.isPaused && loadedModel?.findsInstances == true && !configuration.looksAhead { offerFrames() }
    }
    nextFiguresUpdate = 0
    switch command {
    case .toggleHUD, .toggleHelp, .closePanel, .redraw: needsRedraw = current != nil
    default: break
    }
  }

  /// Pauses and shows the next frame, or for a negative direction the one before. While a frame is on its way the step waits.
  private func step(_ direction: Int, at now: UInt64) {
    clock.setPaused(true, at: now)
    queuedSteps += direction
    if !awaitsFrame { takeQueuedStep() }
  }

  /// Starts the next of the steps that wait, if there is one.
  func takeQueuedStep() {
    if queuedSteps > 0 {
      queuedSteps -= 1
      awaitsFrame = true
    } else if queuedSteps < 0, let time = current?.presentationTime {
      queuedSteps += 1
      if time > .zero { seek(to: time - Self.stepBack) } else { queuedSteps = 0 }
    }
  }

  /// Goes on from the frame that is shown at `time`; what was decoded and computed before is dropped.
  func seek(to time: MediaTime) {
    if !information.isSeekable {
      display.notify("this input cannot be sought in")
      return
    }
    var target = max(.zero, time)
    if let duration = information.duration { target = min(target, max(.zero, duration - MediaTime(microseconds: 1))) }
    generation += 1
    seekTarget = target
    decoder.seek(to: target)
    pending = nil
    forgetAhead()
    nextMask = nil
    dropMask()
    hasEnded = false
    awaitsFrame = true
    shownMeter.reset()
    networkMeter.reset()
  }

  /// Calls `body` with the frame on the screen and its labels, when there is a frame; without labels `isAnnotated` is false.
  private func withShown(
    _ body: (_ frame: borrowing VideoFrame, _ labels: borrowing PixelImage, _ scene: InstanceScene?, _ isAnnotated: Bool) throws(InputError) -> Void
  ) throws(InputError) {
    switch current {
    case .none: return
    case .some(let frame):
      switch mask {
      case .some(let result) where !result.pass.decision.isBlank: try body(frame, result.labels, scene(of: result), true)
      default: try body(frame, noLabels, nil, false)
      }
    }
  }

  /// The instances of a result with what is drawn of them; nil where the network gives every pixel a class.
  private func scene(of result: borrowing MaskResult) -> InstanceScene? {
    guard let model = loadedModel, model.findsInstances else { return nil }
    return InstanceScene(instances: result.instances, classes: model.classes, options: instanceOptions)
  }

  /// Draws the frame on the screen again, with the newest labels.
  func draw() throws(InputError) {
    needsRedraw = false
    noteLine()
    try withShown { (frame, labels, scene, isAnnotated) throws(InputError) in
      try display.show(frame, labels: labels, scene: scene, isAnnotated: isAnnotated, style: style)
    }
  }

  private func changeStyle(_ change: (inout OverlayStyle) -> Void) {
    change(&style)
    needsRedraw = current != nil
  }

  private func changeInstances(_ change: (inout InstanceDrawing.Options) -> Void) {
    change(&instanceOptions)
    needsRedraw = current != nil
    if let model = loadedModel, !model.findsInstances { display.notify("\(model.name) gives every pixel a class: it finds no objects") }
  }

  private func savePicture() {
    let annotator = FrameAnnotator(size: information.displaySize)
    do throws(InputError) {
      try withShown { (frame, labels, scene, isAnnotated) throws(InputError) in
        if isAnnotated { try annotator.annotate(frame, labels: labels, scene: scene, style: style) } else { try annotator.convert(frame) }
      }
      let path = outputName(ending: "png")
      try ImageWriter.write(annotator.picture, to: path)
      display.notify("saved \(path)")
    } catch {
      display.notify(error.description)
    }
  }

  private func toggleRecording() {
    if recorder != nil {
      finishRecording()
      return
    }
    do throws(InputError) {
      let path = outputName(ending: "mp4")
      recorder = try Recorder(path: path, information: information)
      display.notify("exporting to \(path)")
    } catch {
      display.notify(error.description)
    }
  }

  /// Hands the frame on the screen to the recording, when there is one.
  func record() throws(InputError) {
    guard let recorder else { return }
    do throws(InputError) {
      try withShown { (frame, labels, scene, isAnnotated) throws(InputError) in
        try recorder.append(frame, labels: labels, scene: scene, isAnnotated: isAnnotated, style: style)
      }
    } catch {
      display.notify(error.description)
      self.recorder = nil
    }
  }

  /// Completes the recording, when there is one, and says where it is.
  func finishRecording() {
    guard let recorder else { return }
    self.recorder = nil
    do throws(InputError) {
      try recorder.finish()
      display.notify("exported \(recorder.frames) frames to \(recorder.path)" + (recorder.dropped > 0 ? ", \(recorder.dropped) left out" : ""))
    } catch {
      display.notify(error.description)
    }
  }

  /// A name that no file has yet, in the working directory: the video's, the position, and a number where it is needed.
  private func outputName(ending: String) -> String {
    let stem = URL(fileURLWithPath: configuration.location).deletingPathExtension().lastPathComponent
    let safe = String(stem.map { $0.isLetter || $0.isNumber || "-_.".contains($0) ? $0 : "_" }.prefix(80))
    let milliseconds = (current?.presentationTime.microseconds ?? 0) / 1000
    let base = "\(safe.isEmpty ? "segplay" : safe)-\(milliseconds / 1000).\(String(1000 + milliseconds % 1000).dropFirst())"
    var name = "\(base).\(ending)"
    var number = 2
    while FileManager.default.fileExists(atPath: name) {
      name = "\(base)-\(number).\(ending)"
      number += 1
    }
    return name
  }
}
