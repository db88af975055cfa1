import SegBase
import SegOverlay
import SegTerminal
import SegVideo

/// The display of a terminal: the picture in cells, the figures around it, the keys.
final class TerminalDisplay: PlayerDisplay {
  /// How long a notice stays, in nanoseconds.
  private static let noticeTime: UInt64 = 4_000_000_000
  /// Below this many rows only the position is shown under the picture, and below `smallestHUDRows` nothing at all.
  private static let fullHUDRows = 16
  private static let smallestHUDRows = 6

  private let screen: TerminalScreen
  private let displaySize: PixelSize
  private let scaler = FrameScaler()
  private var drawing = InstanceDrawing()
  private let text: HUDText
  private var picture = PixelImage(size: PixelSize(width: 1, height: 1), format: .rgba32)
  private var notice: (text: String, until: UInt64)?
  private var showsHUD: Bool
  private var showsHelp = false
  private var lastUpdate: (PlayerFigures, PlayerCaption)?
  private(set) var bytesPerFrame = 0

  /// Takes the terminal.
  /// - Throws: when standard input or output is no terminal that can be used.
  init(_ configuration: PlayerConfiguration, displaySize: PixelSize) throws(InputError) {
    self.displaySize = displaySize
    screen = try TerminalScreen(colours: configuration.colours, pixelMode: configuration.pixelMode)
    text = HUDText(HUDStyles(configuration.theme))
    showsHUD = configuration.showsHUD
    layOut()
  }

  var isInteractive: Bool { true }

  var shownSize: PixelSize? { screen.pictureBounds.pixelCount == 0 ? nil : screen.pictureSize(for: displaySize) }

  func show(_ frame: borrowing VideoFrame, labels: borrowing PixelImage, scene: InstanceScene?, isAnnotated: Bool, style: OverlayStyle) throws(InputError) {
    guard let size = shownSize else { return }
    try scaler.scale(frame, into: &picture, size: size, format: .rgba32, quality: .fast)
    var texts: [CellLabel] = []
    if isAnnotated {
      drawing.draw(on: &picture, labels: labels, scene: scene, style: style, writesLabels: false)
      if let scene { texts = self.texts(of: scene, style: style, size: size) }
    }
    bytesPerFrame = screen.present(picture, labels: texts).bytes
  }

  /// The names and scores of instances over their boxes, the best on top.
  private func texts(of scene: InstanceScene, style: OverlayStyle, size: PixelSize) -> [CellLabel] {
    let cells = screen.pixelMode.cells(for: size)
    return InstanceDrawing.labels(for: scene.instances, classes: scene.classes, style: style, options: scene.options).reversed().map { label in
      let width = min(label.text.count, cells.columns)
      return CellLabel(
        text: label.text, column: max(0, min(Int(label.x * Double(cells.columns)), cells.columns - width)), row: max(0, Int(label.y * Double(cells.rows)) - 1),
        colour: label.colour)
    }
  }

  func update(_ figures: PlayerFigures, _ caption: PlayerCaption) {
    lastUpdate = (figures, caption)
    if let notice, notice.until < WallClock.now() { self.notice = nil }
    layOut()
    screen.refresh()
  }

  func nextCommand(timeout milliseconds: Int) -> PlayerCommand? {
    guard let key = screen.nextKey(timeout: milliseconds) else { return nil }
    return PlayerCommand(key: key)
  }

  func notify(_ text: String) {
    notice = (text, WallClock.now() + Self.noticeTime)
    if let lastUpdate { update(lastUpdate.0, lastUpdate.1) }
  }

  func toggle(_ part: DisplayPart) {
    switch part {
    case .hud: showsHUD.toggle()
    case .help:
      showsHelp.toggle()
      screen.show(panel: showsHelp ? text.help() : nil)
    case .noPanel:
      showsHelp = false
      screen.show(panel: nil)
    case .everything: screen.invalidate()
    }
    layOut()
  }

  func holdDeadline() { TerminalSignals.holdDeadline() }

  func close() { screen.close() }

  /// Gives the lines of the figures the room there is.
  private func layOut() {
    let rows = screen.size.rows
    guard showsHUD, rows >= Self.smallestHUDRows, let (figures, caption) = lastUpdate else {
      screen.setHeader(notice.map { [StyledLine($0.text)] } ?? [])
      screen.setFooter([])
      return
    }
    let isCompact = rows < Self.fullHUDRows
    screen.setHeader(isCompact && notice == nil ? [] : text.header(caption, notice: notice?.text))
    screen.setFooter(text.footer(figures, columns: screen.size.columns, isCompact: isCompact))
  }
}
