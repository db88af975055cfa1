import Foundation
import SegBase
import SegModels
import SegOverlay
import SegPlayer
import SegTestSupport
import SegVideo
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
