import Foundation
package import SegBase
import SegSchedule
package import SegTerminal

/// The styles that the figures are written in.
package struct HUDStyles: Sendable {
  /// Names and live numbers.
  package var text: TextStyle
  /// What stands out: the program's name, the bar.
  package var accent: TextStyle
  /// Units and labels.
  package var dim: TextStyle
  /// What the user should notice: dropped frames, a pause.
  package var warning: TextStyle
  /// The blanks of a bar.
  package var fill: TextStyle

  /// Makes the five styles.
  package init(text: TextStyle, accent: TextStyle, dim: TextStyle, warning: TextStyle, fill: TextStyle) {
    self.text = text
    self.accent = accent
    self.dim = dim
    self.warning = warning
    self.fill = fill
  }
}

/// The lines of the figures over and under the picture, as pure functions of what they show.
package struct HUDText: Sendable {
  private let styles: HUDStyles
  /// The least share of the picture for a class to be named in the legend.
  private static let smallestShare = 0.005

  /// Makes lines in these styles.
  package init(_ styles: HUDStyles) { self.styles = styles }

  /// The line over the picture: program and video at the left, model, policy and recording at the right.
  package func header(_ caption: PlayerCaption, notice: String?) -> [StyledLine] {
    var right: [StyledSpan] = []
    if let notice { right += [StyledSpan(notice, styles.warning), StyledSpan("  ", styles.fill)] }
    if let recording = caption.recording { right += [StyledSpan("● REC \(recording)", styles.warning), StyledSpan("  ", styles.fill)] }
    right += [StyledSpan(caption.model, styles.text), StyledSpan("  \(caption.schedule) ", styles.dim)]
    return [StyledLine(left: [StyledSpan(" segplay ", styles.accent), StyledSpan(" " + caption.video, styles.text)], right: right, fill: styles.fill)]
  }

  /// The lines under the picture: the position, the figures, the legend.
  package func footer(_ figures: PlayerFigures, isCompact: Bool) -> [StyledLine] {
    isCompact ? [position(figures)] : [position(figures), rates(figures), passes(figures), legend(figures)].compactMap { $0 }
  }

  private func position(_ figures: PlayerFigures) -> StyledLine {
    var left = [StyledSpan(figures.isPaused ? " ❚❚ " : " ▶ ", figures.isPaused ? styles.warning : styles.accent)]
    left.append(StyledSpan(figures.position.clockText + " ", styles.text))
    var right: [StyledSpan] = []
    if let duration = figures.duration { right.append(StyledSpan(" \(duration.clockText) ", styles.dim)) }
    if figures.speed != 1 { right.insert(StyledSpan(String(format: " %gx", figures.speed), styles.warning), at: 0) }
    let bar = figures.duration.map { ProgressBar(fraction: figures.position.seconds / max(0.001, $0.seconds), filled: styles.accent, rest: styles.dim) }
    return StyledLine(left: left, right: right, bar: bar, fill: styles.fill)
  }

  private func rates(_ figures: PlayerFigures) -> StyledLine {
    var left: [StyledSpan] = []
    func add(_ label: String, _ value: String, _ style: TextStyle) {
      left += [StyledSpan(" \(label) ", styles.dim), StyledSpan(value + " ", style)]
    }
    if let rate = figures.videoRate { add("video", Self.rate(rate), styles.text) }
    add("network", figures.networkRate > 0 ? Self.rate(figures.networkRate) + String(format: " %.1f ms", figures.networkMilliseconds) : "-", styles.text)
    add("shown", Self.rate(figures.shownRate), styles.text)
    add("dropped", "\(figures.droppedFrames)", figures.droppedFrames > 0 ? styles.warning : styles.text)
    add("mask age", figures.maskAge.map { "\($0.microseconds / 1000) ms" } ?? "-", styles.text)
    if let pass = figures.pass, figures.bringsForward { add("key age", pass.age.map { "\($0)" } ?? "-", styles.text) }
    if figures.corruptPackets > 0 { add("damaged", "\(figures.corruptPackets)", styles.warning) }
    left.append(StyledSpan(" \((figures.bytesPerFrame + 512) / 1024) kB/frame", styles.dim))
    let right = [StyledSpan("? ", styles.accent), StyledSpan("help ", styles.dim)]
    return StyledLine(left: left, right: right, fill: styles.fill)
  }

  /// The shares of the passes, the predicted loss and a strip of the last frames: the higher the dearer, in the accent's colour where a full pass began.
  /// Nil where the schedule brings nothing forward.
  private func passes(_ figures: PlayerFigures) -> StyledLine? {
    if !figures.bringsForward { return nil }
    var left: [StyledSpan] = []
    for (pass, share) in figures.passShares {
      left += [StyledSpan(" \(pass.rawValue) ", styles.dim), StyledSpan(String(format: "%.0f %%", share * 100) + " ", styles.text)]
    }
    if let pass = figures.pass {
      left += [StyledSpan(" predicted loss ", styles.dim), StyledSpan(String(format: "%.1f points ", pass.predictedLoss), styles.text)]
    }
    let dearest = max(1, figures.strip.map(\.milliseconds).max() ?? 1)
    let bars = Array("▁▂▃▄▅▆▇█")
    let right = figures.strip.suffix(60).map { entry in
      let height = min(bars.count - 1, Int(entry.milliseconds / dearest * Double(bars.count - 1) + 0.5))
      return StyledSpan(String(bars[height]), entry.startsBackgroundPass || entry.pass == .full ? styles.accent : styles.dim)
    }
    return StyledLine(left: left, right: right + [StyledSpan(" ", styles.fill)], fill: styles.fill)
  }

  private func legend(_ figures: PlayerFigures) -> StyledLine {
    var left: [StyledSpan] = []
    for entry in figures.legend {
      if case .share(let share) = entry.amount, share < Self.smallestShare { continue }
      if let colour = entry.colour { left.append(StyledSpan(" ■", TextStyle(foreground: colour, background: styles.fill.background))) }
      left += [StyledSpan(" \(entry.name) ", styles.text), StyledSpan("\(entry.amount.text) ", styles.dim)]
    }
    if left.isEmpty { left = [StyledSpan(" no classes in view", styles.dim)] }
    return StyledLine(left: left, fill: styles.fill)
  }

  private static func rate(_ value: Double) -> String { String(format: "%.1f fps", value) }

  /// The window of the keys.
  package func help() -> Panel {
    let width = PlayerCommand.help.map(\.keys.count).max() ?? 0
    let lines = PlayerCommand.help.map { entry in
      StyledLine(left: [
        StyledSpan(" " + entry.keys.padding(toLength: width + 2, withPad: " ", startingAt: 0), styles.accent), StyledSpan(entry.effect + " ", styles.text),
      ])
    }
    return Panel(title: "keys", lines: lines, border: styles.accent)
  }
}
