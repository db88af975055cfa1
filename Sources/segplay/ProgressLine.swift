import Foundation

/// One line on standard error that shows how far long work is; silent where standard error is not a terminal.
struct ProgressLine {
  private let label: String
  private let started = ContinuousClock.now
  private var lastShown: ContinuousClock.Instant?
  private static let barWidth = 30

  /// Makes a line for work called `label` ("export").
  init(_ label: String) { self.label = label }

  /// Shows the progress, at most ten times a second. `total` is nil where it is not known.
  mutating func update(done: Int, total: Int?) {
    let now = ContinuousClock.now
    if let lastShown, now - lastShown < .milliseconds(100), done != total { return }
    guard StandardError.isTerminal else { return }
    lastShown = now
    let seconds = (now - started) / .seconds(1)
    let rate = seconds > 0 ? Double(done) / seconds : 0
    var text = "\r\(label) "
    if let total, total > 0 {
      let filled = min(Self.barWidth, done * Self.barWidth / total)
      text += "[" + String(repeating: "=", count: filled) + String(repeating: " ", count: Self.barWidth - filled) + "] \(done)/\(total)"
      if rate > 0 { text += String(format: "  %.1f fps  %.0f s left", rate, Double(max(0, total - done)) / rate) }
    } else {
      text += String(format: "%d frames  %.1f fps", done, rate)
    }
    StandardError.write(text + "\u{1B}[K")
  }

  /// Removes the line.
  func finish() { if lastShown != nil { StandardError.write("\r\u{1B}[K") } }
}
