import SegBase
import SegPlayer
import SegSchedule
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

  /// Figures of a schedule: `count` frames of which every fifth got a full pass.
  private func scheduled(_ count: Int) -> PlayerFigures {
    var figures = PlayerFigures()
    figures.bringsForward = true
    var statistics = PassStatistics()
    for index in 0..<count {
      var decision = index.isMultiple(of: 5) ? Decision.full(.interval) : Decision(pass: .propagate, age: index % 5)
      decision.predictedLoss = 0.25
      statistics.record(decision, milliseconds: index.isMultiple(of: 5) ? 80 : 10)
      figures.pass = decision
    }
    figures.strip = statistics.strip
    figures.keyInterval = Double(statistics.frames) / Double(max(1, statistics.keyCount))
    figures.passShares = [(.full, statistics.share(of: .full)), (.propagate, statistics.share(of: .propagate))]
    return figures
  }

  @Test("the line of passes has the age, shares, interval, loss, and a bar for each of the last hundred frames")
  func passes() {
    let line = text.footer(scheduled(250), columns: 200, isCompact: false)[2]
    #expect(line.left.map(\.text).joined() == " key age 4  full 20 %  propagate 80 %  interval 5.0  predicted loss 0.2 points ")
    #expect(line.right.dropLast().map(\.text).joined() == String(repeating: "█▂▂▂▂", count: 20))
    let younger = text.footer(scheduled(7), columns: 200, isCompact: false)[2]
    #expect(younger.right.dropLast().map(\.text).joined() == "█▂▂▂▂█▂")
  }

  @Test("a narrow line keeps the newest frames and leaves out what does not fit", arguments: [200, 120, 80, 60, 40, 20])
  func narrowPasses(columns: Int) {
    let line = text.footer(scheduled(250), columns: columns, isCompact: false)[2]
    let (left, right) = (line.left.map(\.text).joined(), line.right.map(\.text).joined())
    #expect(left.hasPrefix(" key age 4 "))
    #expect(left.count + right.count <= columns || columns < 24)
    #expect(right.hasSuffix("▂▂▂▂ ") && right.count >= 8)
    #expect((columns == 200) == (right.count == 101))
  }

  @Test("while a frame stands out by its pass, frames without time are a warning")
  func passStyles() {
    var figures = PlayerFigures()
    figures.bringsForward = true
    var statistics = PassStatistics()
    for pass in [Pass.full, .hold] { statistics.record(Decision(pass: pass), milliseconds: 1) }
    figures.strip = statistics.strip
    let line = text.footer(figures, isCompact: false)[2]
    #expect(line.right[0].style.bold == false && line.right[1].style.bold)
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
