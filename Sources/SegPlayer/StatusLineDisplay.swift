import Foundation
package import SegBase
package import SegOverlay
import SegTerminal
package import SegVideo

/// The display where standard output is no terminal: a plain line a second, no escapes, no pictures.
package final class StatusLineDisplay: PlayerDisplay {
  /// Nanoseconds between two lines.
  private static let interval: UInt64 = 1_000_000_000

  private let write: (String) -> Void
  private let quitSignal: () -> Int32?
  private var nextLine: UInt64 = 0
  private var lastFigures: PlayerFigures?

  /// Makes a display that gives each line to `write`, and ends playback when `quitSignal` gives one.
  package init(write: @escaping (String) -> Void, quitSignal: @escaping () -> Int32?) {
    self.write = write
    self.quitSignal = quitSignal
  }

  package var isInteractive: Bool { false }
  package var bytesPerFrame: Int { 0 }

  package var shownSize: PixelSize? { nil }

  package func show(
    _ frame: borrowing VideoFrame, labels: borrowing PixelImage, scene: InstanceScene?, isAnnotated: Bool, style: OverlayStyle
  ) throws(InputError) {}

  package func update(_ figures: PlayerFigures, _ caption: PlayerCaption) {
    lastFigures = figures
    let now = WallClock.now()
    if now < nextLine { return }
    nextLine = now + Self.interval
    write(Self.line(figures))
  }

  package func nextCommand(timeout milliseconds: Int) -> PlayerCommand? {
    if let signal = quitSignal() { return .quitBySignal(signal) }
    if milliseconds > 0 { usleep(UInt32(milliseconds) * 1000) }
    return nil
  }

  package func notify(_ text: String) { write(text) }

  package func toggle(_ part: DisplayPart) {}

  package func holdDeadline() { TerminalSignals.holdDeadline() }

  package func close() { if let lastFigures { write(Self.line(lastFigures)) } }

  /// A line such as "0:03 / 0:10  shown 30.0 fps  network 24.1 fps 41.5 ms  dropped 0  age 33 ms  road 45 %  building 20 %".
  package static func line(_ figures: PlayerFigures) -> String {
    var parts = [figures.position.clockText + (figures.duration.map { " / " + $0.clockText } ?? "")]
    parts.append(String(format: "shown %.1f fps", figures.shownRate))
    if figures.networkRate > 0 { parts.append(String(format: "network %.1f fps %.1f ms", figures.networkRate, figures.networkMilliseconds)) }
    parts.append("frames \(figures.shownFrames)  dropped \(figures.droppedFrames)")
    if let age = figures.maskAge { parts.append("age \(age.microseconds / 1000) ms") }
    parts += figures.legend.prefix(4).map { "\($0.name) \($0.amount.text)" }
    return parts.joined(separator: "  ")
  }
}
