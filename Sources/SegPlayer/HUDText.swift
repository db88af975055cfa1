import Foundation
import SegBase
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
  /// Columns from which everything is named in full.
  private static let wideColumns = 100
  /// Columns that the strip has at least.
  private static let shortestStrip = 12

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

  /// The lines under the picture, `columns` wide: the position, the figures, the passes, the legend.
  package func footer(_ figures: PlayerFigures, columns: Int = 200, isCompact: Bool) -> [StyledLine] {
    isCompact ? [position(figures)] : [position(figures), rates(figures, columns), passes(figures, columns), legend(figures)].compactMap { $0 }
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

  private func rates(_ figures: PlayerFigures, _ columns: Int) -> StyledLine {
    var left: [StyledSpan] = []
    func add(_ label: String, _ value: String, _ style: TextStyle) {
      left += [StyledSpan(" \(label) ", styles.dim), StyledSpan(value + " ", style)]
    }
    // The header has it too.
    if let rate = figures.videoRate, columns >= Self.wideColumns { add("video", Self.rate(rate), styles.text) }
    add("network", figures.networkRate > 0 ? Self.rate(figures.networkRate) + String(format: " %.1f ms", figures.networkMilliseconds) : "-", styles.text)
    add("shown", Self.rate(figures.shownRate), styles.text)
    add("dropped", "\(figures.droppedFrames)", figures.droppedFrames > 0 ? styles.warning : styles.text)
    add("mask age", figures.maskAge.map { "\($0.microseconds / 1000) ms" } ?? "-", styles.text)
    if figures.corruptPackets > 0 { add("damaged", "\(figures.corruptPackets)", styles.warning) }
    left.append(StyledSpan(" \((figures.bytesPerFrame + 512) / 1024) kB/frame", styles.dim))
    let right = [StyledSpan("? ", styles.accent), StyledSpan("help ", styles.dim)]
    return StyledLine(left: left, right: right, fill: styles.fill)
  }

  /// The age of what is shown, the shares of the passes (that of the newest frame stands out), how far keys lie apart, the predicted loss and a strip of the last
  /// frames: the higher the dearer, in the accent's colour where a full pass began, as a warning where there was no time for any. What does not fit beside
  /// a short strip is left out. Nil where the schedule brings nothing forward.
  private func passes(_ figures: PlayerFigures, _ columns: Int) -> StyledLine? {
    if !figures.bringsForward { return nil }
    var items: [[StyledSpan]] = [item("key age", figures.pass?.age.map { "\($0)" } ?? "-")]
    for (pass, share) in figures.passShares {
      items.append(item(pass.rawValue, String(format: "%.0f %%", share * 100), figures.pass?.pass == pass ? styles.accent : styles.dim))
    }
    if let interval = figures.keyInterval { items.append(item("interval", String(format: "%.1f", interval))) }
    if let pass = figures.pass {
      items.append(item(columns >= Self.wideColumns ? "predicted loss" : "loss", String(format: "%.1f points", pass.predictedLoss)))
    }
    func width(_ items: [[StyledSpan]]) -> Int { items.joined().reduce(1) { $0 + $1.text.count } }
    while items.count > 1 && width(items) + Self.shortestStrip > columns { items.removeLast() }
    let strip = figures.strip.suffix(max(0, columns - width(items) - 1))
    let dearest = max(1, strip.map(\.milliseconds).max() ?? 1)
    let bars = Array("▁▂▃▄▅▆▇█")
    let right = strip.map { entry in
      let height = min(bars.count - 1, Int(entry.milliseconds / dearest * Double(bars.count - 1) + 0.5))
      return StyledSpan(String(bars[height]), style(of: entry))
    }
    return StyledLine(left: Array(items.joined()), right: right + [StyledSpan(" ", styles.fill)], fill: styles.fill)
  }

  private func item(_ label: String, _ value: String, _ labelStyle: TextStyle? = nil) -> [StyledSpan] {
    [StyledSpan(" \(label) ", labelStyle ?? styles.dim), StyledSpan(value + " ", styles.text)]
  }

  private func style(of entry: PassStatistics.StripEntry) -> TextStyle {
    if entry.startsBackgroundPass { return styles.accent }
    switch entry.pass {
    case .full: return styles.accent
    case .partial: return styles.text
    case .propagate: return styles.dim
    case .hold: return styles.warning
    }
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
