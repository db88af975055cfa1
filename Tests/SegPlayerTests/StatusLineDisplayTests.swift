import SegBase
import SegPlayer
import Testing

@Suite struct StatusLineDisplayTests {
  private let caption = PlayerCaption(video: "a.mp4", model: "enet", schedule: "newest frame", recording: nil)

  /// Lines that a display wrote.
  private final class Lines { var all: [String] = [] }

  private func display(_ lines: Lines, signal: Int32? = nil) -> StatusLineDisplay {
    StatusLineDisplay(write: { lines.all.append($0) }, quitSignal: { signal })
  }

  @Test func aLineHasEveryFigureThatIsKnown() {
    var figures = PlayerFigures()
    figures.position = MediaTime(seconds: 3.9)
    #expect(StatusLineDisplay.line(figures) == "0:03  shown 0.0 fps  frames 0  dropped 0")
    figures.duration = MediaTime(seconds: 3600)
    figures.shownRate = 29.96
    figures.networkRate = 24.14
    figures.networkMilliseconds = 41.46
    (figures.shownFrames, figures.droppedFrames) = (90, 2)
    figures.maskAge = MediaTime(seconds: 0.0335)
    figures.legend = (0..<6).map { LegendEntry(name: "class\($0)", colour: Colour(0, 0, 0), amount: .share(0.45 / Double($0 + 1))) }
    #expect(
      StatusLineDisplay.line(figures)
        == "0:03 / 1:00:00  shown 30.0 fps  network 24.1 fps 41.5 ms  frames 90  dropped 2  age 33 ms  class0 45 %  class1 22 %  class2 15 %  class3 11 %")
  }

  @Test func namesCannotBreakTheLine() {
    var figures = PlayerFigures()
    figures.legend = [LegendEntry(name: "100 %d %@", colour: Colour(0, 0, 0), amount: .share(1))]
    #expect(StatusLineDisplay.line(figures).hasSuffix("  100 %d %@ 100 %"))
  }

  @Test func manyUpdatesMakeOneLineAndTheEndMakesTheLast() {
    let lines = Lines()
    let display = display(lines)
    var figures = PlayerFigures()
    // They come within the second between two lines, unless the machine stands still.
    for frame in 1...3 {
      figures.shownFrames = frame
      display.update(figures, caption)
    }
    #expect(lines.all.count == 1 && lines.all[0].contains("frames 1 "))
    display.close()
    #expect(lines.all.count == 2 && lines.all[1].contains("frames 3 "))
  }

  @Test func withoutFiguresTheEndIsSilent() {
    let lines = Lines()
    display(lines).close()
    #expect(lines.all.isEmpty)
  }

  @Test func noticesAreLinesAndNothingElseIsShown() throws {
    let lines = Lines()
    let display = display(lines)
    display.notify("saved a.png")
    display.toggle(.help)
    #expect(lines.all == ["saved a.png"])
    #expect(!display.isInteractive && display.bytesPerFrame == 0)
  }

  @Test func aSignalQuits() {
    #expect(display(Lines(), signal: 15).nextCommand(timeout: 60_000) == .quitBySignal(15))
    #expect(display(Lines()).nextCommand(timeout: 1) == nil)
  }
}
