import Foundation
import SegBase
import SegModels
import SegOverlay
import SegPlayer
import SegSchedule
import SegTestSupport
import SegVideo
import Synchronization
import Testing

@Suite struct PlayerTests {
  private static let bundled = SharedData.packageRoot.appendingPathComponent("Sources/SegModels/Resources/enet-street.safetensors").path

  /// Plays a video of `count` frames, 50 a second, and returns the display after the end.
  @discardableResult
  private func play(
    _ count: Int, _ keys: [NotingDisplay.Key] = [], models: Int = 0, at start: MediaTime? = nil, failsAt: Int? = nil, signal: Int32? = nil,
    _ change: (inout PlayerConfiguration) -> Void = { $0.showsEveryFrame = true }
  ) throws -> NotingDisplay {
    try TestVideo.withFolder { folder in
      try TestVideo.write(count, to: folder + "/a.mp4")
      let requests = (0..<models).map { _ in ModelRequest(weightsPath: Self.bundled, inputSize: PixelSize(width: 64, height: 48)) }
      var configuration = PlayerConfiguration(
        location: folder + "/a.mp4", models: requests, style: OverlayStyle(palette: []), theme: Theme.builtIn[0])
      change(&configuration)
      let source = try VideoSource(configuration.location)
      if let start { try source.seek(to: start) }
      let shelf = ModelShelf(requests)
      for index in 0..<models { _ = try shelf.load(at: index) }
      let display = NotingDisplay(keys, failsAt: failsAt)
      let player = Player(configuration, source, shelf, display)
      defer { #expect(display.isClosed && !display.isOverdue) }
      try player.run()
      #expect(player.endingSignal == signal)
      return display
    }
  }

  @Test func everyFrameIsShownInOrderWithItsOwnMask() throws {
    let display = try play(12, models: 1)
    #expect(display.frames == Array(0..<12))
    // The first of the drawings of each frame must have its mask: it waits for it.
    #expect(display.shown.allSatisfy { $0.isAnnotated })
    #expect(display.figures.last?.maskAge == .zero)
    #expect(display.figures.last?.droppedFrames == 0)
    #expect(display.figures.last?.shownFrames == 12)
  }

  @Test func withoutANetworkNoFrameHasAMask() throws {
    let display = try play(7)
    #expect(display.shown.map(\.time) == (0..<7).map(TestVideo.time))
    #expect(!display.shown.contains { $0.isAnnotated })
    #expect(display.figures.last?.maskAge == nil && display.figures.last?.legend.isEmpty == true)
  }

  @Test func shownAndDroppedFramesAreAllThereAre() throws {
    let display = try play(20) { _ in }
    #expect(display.frames.first == 0 && display.frames.last == 19)
    #expect(display.frames == display.frames.sorted())
    let last = try #require(display.figures.last)
    #expect(last.shownFrames + last.droppedFrames == 20)
    #expect(last.shownFrames == display.frames.count)
  }

  @Test(arguments: [1, 4]) func theLimitEndsPlayback(limit: Int) throws {
    let display = try play(30) {
      $0.showsEveryFrame = true
      $0.frameLimit = limit
    }
    #expect(display.frames == Array(0..<limit))
  }

  @Test func aLoopBeginsAgain() throws {
    let display = try play(3) {
      $0.showsEveryFrame = true
      $0.loops = true
      $0.frameLimit = 8
    }
    #expect(display.frames == [0, 1, 2, 0, 1, 2, 0, 1])
  }

  @Test func beginsWhereTheSourceWasSought() throws {
    #expect(try play(10, at: TestVideo.time(6)).frames == [6, 7, 8, 9])
  }

  @Test func stepsShowTheNeighbours() throws {
    let display = try play(
      10,
      [
        .at(0, .togglePause), .then(.stepForward), .at(1, .stepForward), .at(2, .stepForward), .at(3, .stepBack), .at(2, .stepBack), .at(1, .stepForward),
        .at(2, .quit),
      ])
    #expect(display.frames == [0, 1, 2, 3, 2, 1, 2])
    #expect(display.figures.last?.isPaused == true)
  }

  @Test func quickStepsAreAllTaken() throws {
    let display = try play(
      10,
      [
        .at(0, .togglePause), .then(.stepForward), .then(.stepForward), .then(.stepForward), .at(3, .stepBack), .then(.stepBack), .at(1, .quit),
      ])
    #expect(display.frames == [0, 1, 2, 3, 2, 1])
  }

  @Test func aStepBackAtTheStartStaysThere() throws {
    let display = try play(3, [.at(0, .stepBack), .then(.stepBack), .then(.stepForward), .at(1, .stepBack), .at(0, .quit)])
    #expect(display.frames == [0, 1, 0])
  }

  @Test func aStepForwardAtTheEndStaysThereAndBackLeadsToTheFrameBefore() throws {
    for _ in 0..<20 {
      let display = try play(
        3, [.at(0, .stepBack), .then(.stepBack), .then(.stepForward), .at(1, .stepForward), .at(2, .stepForward), .then(.stepBack), .at(1, .quit)])
      #expect(display.frames == [0, 1, 2, 1])
      if display.isOverdue { return }
    }
  }

  @Test func pausedPlaybackStandsStillAndGoesOn() throws {
    var waits = 0
    let display = try play(
      5,
      [
        .at(0, .togglePause),
        NotingDisplay.Key(command: .togglePause) { _ in
          waits += 1
          return waits == 20
        },
      ])
    #expect(display.frames == [0, 1, 2, 3, 4])
    #expect(display.shown.count == 5)
  }

  @Test func relativeSeeksAddUp() throws {
    let display = try play(
      60, [.at(0, .togglePause), .then(.seek(by: 0.2)), .then(.seek(by: 0.4)), .then(.seek(by: -0.1)), .at(25, .seek(by: -0.3)), .at(10, .quit)])
    // Those on the way are shown where the machine is quick enough.
    #expect(display.frames.suffix(2) == [25, 10])
    #expect(Set(display.frames).isSubset(of: [0, 10, 30, 25]))
  }

  @Test func aSeekBehindTheEndShowsTheLastFrame() throws {
    let display = try play(
      20, [.at(0, .togglePause), .then(.seek(by: 3600)), .at(19, .seek(by: -3600)), .at(0, .seek(by: 0.1)), .at(5, .seekToStart), .at(0, .quit)])
    #expect(display.frames == [0, 19, 0, 5, 0])
  }

  @Test func aSeekShowsTheMaskOfItsOwnFrame() throws {
    let display = try play(20, [.at(0, .togglePause), .then(.seek(by: 0.3)), .at(15, .stepBack), .at(14, .quit)], models: 1)
    #expect(display.frames == [0, 15, 14])
    #expect(display.shown.allSatisfy { $0.isAnnotated })
    #expect(display.figures.last?.maskAge == .zero)
  }

  @Test func modelsAreChosenByTheirKeys() throws {
    let display = try play(
      40,
      [
        .at(0, .togglePause), .then(.model(0)), NotingDisplay.Key(command: .model(3)) { $0.shown.last?.isAnnotated == false },
        NotingDisplay.Key(command: .model(2)) { !$0.notices.isEmpty }, NotingDisplay.Key(command: .quit) { $0.shown.last?.isAnnotated == true },
      ], models: 2)
    #expect(display.notices == ["no model 3: there are 2"])
    #expect(display.remainingKeys == 0 && display.frames == [0])
  }

  @Test func viewsAreDrawnAtOnceWhilePaused() throws {
    let display = try play(
      10,
      [
        .at(0, .togglePause), .then(.cycleView), NotingDisplay.Key(command: .cycleView) { $0.shown.last?.view == .contour },
        NotingDisplay.Key(command: .toggleHelp) { $0.shown.last?.view == .maskOnly }, .then(.redraw), .then(.quit),
      ])
    #expect(Set(display.shown.map(\.view)) == [.mask, .contour, .maskOnly])
    #expect(display.parts == [.help, .everything])
  }

  /// Lines of the recording, gathered on the thread that plays.
  private final class Lines: Sendable {
    private let lines = Mutex<[RecordedFrame]>([])

    func append(_ line: RecordedFrame) { lines.withLock { $0.append(line) } }

    var all: [RecordedFrame] { lines.withLock { $0 } }
  }

  @Test(
    "each frame that is shown has one line, under every schedule",
    arguments: [
      SchedulePolicy.every, .realtime, .fixed(interval: 3), .adaptive(pointsLost: 1),
    ])
  func recording(policy: SchedulePolicy) throws {
    for waits in [false, true] {
      let lines = Lines()
      let display = try play(14, models: 1) {
        $0.policy = policy
        $0.showsEveryFrame = waits
        $0.record = { frame throws(InputError) in lines.append(frame) }
      }
      let all = lines.all
      #expect(all.map(\.signals.frame) == display.frames)
      #expect(all.map(\.signals.time) == display.frames.map(TestVideo.time))
      #expect(all.allSatisfy { $0.decision != nil })
      if waits {
        #expect(all.allSatisfy { $0.decision?.isBlank == false && $0.flowMilliseconds != nil })
        #expect(all.first?.decision?.keyReason == .first || policy == .realtime)
      }
      if waits && policy == .fixed(interval: 3) {
        // A key out of turn says why it is one.
        let keys = all.compactMap { line in line.decision?.keyReason.map { "\(line.signals.frame) \($0): \(line.signals)" } }
        #expect(all.map { $0.decision?.age } == (0..<14).map { $0 % 3 }, "\(keys)")
      }
    }
  }

  @Test func withoutANetworkLinesHaveNoDecision() throws {
    let lines = Lines()
    let display = try play(5) { $0.record = { frame throws(InputError) in lines.append(frame) } }
    #expect(lines.all.map(\.signals.frame) == display.frames && lines.all.allSatisfy { $0.decision == nil })
  }

  @Test func aRecordingThatFailsEndsPlaybackWithItsError() {
    let error = #expect(throws: InputError.self) {
      try play(30) { $0.record = { _ throws(InputError) in throw InputError("the disk is full") } }
    }
    #expect(error?.problem == "the disk is full")
  }

  @Test("a seek while a pass runs in the background shows no masks from before it")
  func seeksDuringABackgroundPass() throws {
    let lines = Lines()
    // So large an input that a pass takes several frames' time.
    let display = try play(
      400, [.at(12, .seek(by: 3)), NotingDisplay.Key(command: .seekToStart) { ($0.frames.last ?? 0) > 190 }], models: 1
    ) {
      $0.models[0].inputSize = PixelSize(width: 512, height: 384)
      $0.policy = .realtime
      $0.frameLimit = 70
      $0.record = { frame throws(InputError) in lines.append(frame) }
    }
    #expect(display.remainingKeys == 0)
    var since = 0
    for line in lines.all {
      since = line.signals.isDiscontinuity ? 0 : since + 1
      let decision = try #require(line.decision)
      if line.signals.isDiscontinuity { #expect(decision.isBlank || decision.pass == .full) }
      // Frames that were dropped count in the age.
      if let age = decision.age { #expect(age <= since + (display.figures.last?.droppedFrames ?? 0)) }
    }
    #expect(lines.all.count { $0.signals.isDiscontinuity } == 2)
    #expect(lines.all.contains { $0.decision?.isBlank == false })
  }

  @Test("with look-ahead every frame is shown with its own mask, over seeks, steps and other schedules and models")
  func lookAhead() throws {
    let change = { (configuration: inout PlayerConfiguration) in
      configuration.showsEveryFrame = true
      configuration.looksAhead = true
      configuration.policy = .fixed(interval: 5)
    }
    let plain = try play(47, models: 1, change)
    #expect(plain.frames == Array(0..<47) && plain.shown.allSatisfy { $0.isAnnotated })
    #expect(plain.figures.last?.maskAge == .zero)
    let sought = try play(
      47,
      [
        .at(3, .seek(by: 0.5)), .at(30, .togglePause), .then(.stepBack), .at(29, .stepForward), .at(30, .stepForward), .at(31, .seekToStart),
        .at(0, .togglePause), .at(5, .model(2)), .at(9, .cyclePolicy), .at(14, .changePolicy(1)), .at(20, .cyclePolicy), .at(24, .cyclePolicy),
        .at(30, .cyclePolicy), .at(34, .model(0)),
      ], models: 2, change)
    #expect(sought.remainingKeys == 0)
    #expect(sought.frames == Array(0...3) + Array(28...30) + [29, 30, 31] + Array(0..<47))
    #expect(sought.shown.prefix(8).allSatisfy { $0.isAnnotated })
    #expect(try play(3, models: 1, change).frames == [0, 1, 2])
  }

  @Test func quitAndSignalsEndPlayback() throws {
    #expect(try play(300, [.at(2, .quit)]).frames == [0, 1, 2])
    #expect(try play(300, [.at(1, .quitBySignal(15))], signal: 15).frames == [0, 1])
    #expect(try play(300, [.then(.quit)]).remainingKeys == 0)
  }

  @Test func aDisplayThatFailsEndsPlaybackWithItsError() {
    let error = #expect(throws: InputError.self) { try play(30, failsAt: 3) }
    #expect(error?.problem == "the terminal is gone")
  }
}
