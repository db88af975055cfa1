import SegBase
import SegPlayer
import SegTerminal
import Testing

@Suite struct HUDTextTests {
  private let text = HUDText(HUDStyles(text: .plain, accent: .plain, dim: .plain, warning: TextStyle(bold: true), fill: .plain))

  private func plain(_ line: StyledLine) -> String { line.left.map(\.text).joined() + "|" + line.right.map(\.text).joined() }

  @Test func footerShowsEveryFigure() {
    var figures = PlayerFigures()
    figures.position = MediaTime(seconds: 3)
    figures.duration = MediaTime(seconds: 10)
    figures.videoRate = 30
    figures.networkRate = 24.14
    figures.networkMilliseconds = 41.25
    figures.shownRate = 29.96
    figures.droppedFrames = 2
    figures.maskAge = MediaTime(seconds: 0.033)
    figures.legend = [
      LegendEntry(name: "road", colour: Colour(128, 64, 128), amount: .share(0.452)),
      LegendEntry(name: "sign", colour: Colour(0, 0, 0), amount: .share(0.0001)),
    ]
    let lines = text.footer(figures, isCompact: false)
    #expect(plain(lines[0]) == " ▶ 0:03 | 0:10 ")
    #expect(lines[0].bar?.fraction == 0.3)
    #expect(plain(lines[1]) == " video 30.0 fps  network 24.1 fps 41.2 ms  shown 30.0 fps  dropped 2  mask age 33 ms  0 kB/frame|? help ")
    #expect(plain(lines[2]) == " ■ road 45 % |")
    #expect(lines[1].left.contains { $0.text == "2 " && $0.style.bold })
  }

  @Test func pauseAndSpeedAreShown() {
    var figures = PlayerFigures()
    figures.isPaused = true
    figures.speed = 0.5
    let line = text.footer(figures, isCompact: true)[0]
    #expect(plain(line).contains("❚❚") && plain(line).contains("0.5x"))
    #expect(line.bar == nil)
  }

  @Test func headerNamesVideoModelAndRecording() {
    let caption = PlayerCaption(video: "a.mp4", model: "enet f32", schedule: "newest frame", recording: "12")
    let header = plain(text.header(caption, notice: "saved x.png")[0])
    for part in ["segplay", "a.mp4", "enet f32", "newest frame", "REC 12", "saved x.png"] { #expect(header.contains(part)) }
  }

  @Test func helpListsEveryKey() {
    #expect(text.help().lines.count == PlayerCommand.help.count)
  }
}
