internal import CNCursesW
internal import CTerminalGuard
internal import Glibc
public import SegBase

/// What showing one picture took.
public struct PresentStatistics: Hashable, Sendable {
  /// Bytes written for the picture, without those of the HUD.
  public var bytes: Int
  /// Cells that were painted.
  public var changedCells: Int
  /// Microseconds from the call to the last byte written, waiting for the terminal included.
  public var microseconds: Int
  /// Microseconds of it before the picture's write.
  public var encodeMicroseconds: Int
}

/// The terminal as a screen: a video area, HUD lines above and below, panels over the video, and keys.
///
/// ncurses owns the screen, the HUD and the panels; the video is painted by a `CellEncoder`, and a frame is one write. One thread owns the screen and
/// calls everything here. One screen a process at a time. However the process ends or is stopped, `TerminalSignals` restores the terminal.
public final class TerminalScreen {
  /// Colours of the video.
  public let colours: ColourDepth
  /// How pictures are shown.
  public let pixelMode: PixelMode
  /// The whole terminal in cells.
  public private(set) var size = CellSize(columns: 0, rows: 0)
  /// What the HUD leaves for the video.
  public private(set) var videoArea = CellRectangle(left: 0, top: 0, size: CellSize(columns: 0, rows: 0))
  /// The width of a cell divided by its height, as the terminal reports it; 0.5 where it does not.
  public private(set) var cellAspect = 0.5

  let screen: OpaquePointer
  var palette: HUDPalette
  let unicode: Bool
  var header: [StyledLine] = []
  var footer: [StyledLine] = []
  var panels: [Panel.Place: Panel] = [:]
  var pictureArea: CellRectangle?
  var encoder: CellEncoder
  var dirtyLines = true
  var dirtyVideo = true
  private let files: (output: UnsafeMutablePointer<FILE>, input: UnsafeMutablePointer<FILE>)
  private let outputDescriptor: Int32
  private let inputDescriptor: Int32
  private var decoder = KeyDecoder()
  private var lastInput = 0
  private var hungUp = false
  private var hangUpIsNews = false
  private var closed = false

  /// Takes over the terminal on standard output (keys come from standard input, or from /dev/tty where that is something else).
  ///
  /// - Parameters:
  ///   - colours: how many colours to use; nil: what the environment and terminfo say.
  ///   - pixelMode: how to show pictures; without colours or Unicode blocks become `ascii`.
  ///   - environment: the process's environment; nil: as it is.
  /// - Throws: when standard output is no terminal or one that cannot place the cursor, or the mode is not offered.
  public init(colours: ColourDepth? = nil, pixelMode: PixelMode = .halfBlock, environment: [String: String]? = nil) throws(InputError) {
    let environment = environment ?? TerminalEnvironment.current
    if !pixelMode.isOffered { throw InputError("pixel graphics are not available yet", subject: pixelMode.rawValue, advice: "use --pixels half") }
    let terminal = try TerminalDescription.ofStandardOutput(environment: environment)
    let depth = colours ?? ColourDepth.detect(environment: environment, capabilities: terminal.colours)
    let locale = TerminalEnvironment.utf8Locale(environment: environment)
    unicode = locale.map { setlocale(LC_CTYPE, $0) != nil || setlocale(LC_CTYPE, "C.UTF-8") != nil } ?? false
    if !unicode { setlocale(LC_CTYPE, "") }
    let mode: PixelMode = !unicode ? .ascii : depth == .none && pixelMode != .braille ? .ascii : pixelMode

    try TerminalSignals.install()
    (outputDescriptor, inputDescriptor, files) = try TerminalDescription.open()
    if seg_guard_save(outputDescriptor) != 0 { throw InputError("cannot read the terminal's modes", subject: "standard output") }
    guard let screen = newterm(nil, files.output, files.input) else {
      throw InputError("cannot use this terminal", subject: environment["TERM"] ?? "TERM", advice: "set TERM to the terminal's name")
    }
    self.screen = screen
    self.colours = depth
    self.pixelMode = mode
    TerminalScreen.setModes(outputDescriptor)
    palette = HUDPalette(colours: depth)
    encoder = CellEncoder(pixelMode: mode, colours: depth)
    if seg_guard_arm(terminal.enter, terminal.leave) != 0 {
      endwin()
      throw InputError("cannot set the terminal's modes", subject: "standard output")
    }
    measure()
    curs_set(0)
    refresh()
  }

  deinit { close() }

  private static func setModes(_ descriptor: Int32) {
    cbreak()
    noecho()
    nonl()
    typeahead(-1)
    let window = seg_stdscr()
    leaveok(window, true)
    scrollok(window, false)
    idlok(window, false)
    // Shifting the rest of a line would shift the video, which ncurses knows nothing of.
    idcok(window, false)
    intrflush(window, false)
    // What is written here needs no line feeds translated, and the kernel is faster without looking for them.
    var modes = termios()
    if tcgetattr(descriptor, &modes) == 0 {
      modes.c_oflag &= ~tcflag_t(OPOST)
      tcsetattr(descriptor, TCSANOW, &modes)
      def_prog_mode()
    }
  }

  /// The size of picture that fills the video area.
  public var pictureBounds: PixelSize { pixelMode.pixels(for: videoArea.size) }

  /// The size at which a picture of `source` pixels with square pixels fills the video area as far as its proportions allow. A side that misses
  /// the area's by one part in a hundred is taken as the area's: nobody sees it, and no column or row stays empty.
  public func pictureSize(for source: PixelSize) -> PixelSize {
    let bounds = pictureBounds
    let fitted = source.fitting(in: bounds, pixelAspect: pixelMode.pixelAspect(cellAspect: cellAspect))
    return PixelSize(
      width: (bounds.width - fitted.width) * 100 <= bounds.width ? bounds.width : fitted.width,
      height: (bounds.height - fitted.height) * 100 <= bounds.height ? bounds.height : fitted.height)
  }

  /// How far shown colours may be from the picture's, in steps of 8-bit channels; 0, the start, is exact. See `CellEncoder.tolerance`: raise it where
  /// the terminal is slow.
  public var tolerance: Int {
    get { encoder.tolerance }
    set { encoder.tolerance = max(0, min(255, newValue)) }
  }

  /// Sets the lines above the video. Shown with the next `present` or `refresh`. Another number of lines changes `videoArea`.
  public func setHeader(_ lines: [StyledLine]) {
    if lines == header { return }
    let relaid = lines.count != header.count
    header = lines
    dirtyLines = true
    if relaid { layOut() }
  }

  /// Sets the lines below the video, like `setHeader`.
  public func setFooter(_ lines: [StyledLine]) {
    if lines == footer { return }
    let relaid = lines.count != footer.count
    footer = lines
    dirtyLines = true
    if relaid { layOut() }
  }

  /// Shows a panel over the running video, or removes the one at that place. Shown with the next `present` or `refresh`; where a panel was, the
  /// picture comes back with the next `present`.
  public func show(panel: Panel?, at place: Panel.Place = .centre) {
    if panels[place] == panel { return }
    panels[place] = panel
    dirtyVideo = true
  }

  /// Shows a picture of RGBA pixels of at most `pictureBounds`, centred in the video area, with texts over it and all that changed in the HUD.
  @discardableResult
  public func present(_ image: borrowing PixelImage, labels: [CellLabel] = []) -> PresentStatistics {
    let started = TerminalScreen.microseconds()
    let bounds = pictureBounds
    if closed || image.size.width > bounds.width || image.size.height > bounds.height || image.size.pixelCount == 0 {
      // The window changed between making the picture and showing it; the next one fits.
      refresh()
      return PresentStatistics(bytes: 0, changedCells: 0, microseconds: TerminalScreen.microseconds() - started, encodeMicroseconds: 0)
    }
    let area = videoArea.centred(pixelMode.cells(for: image.size))
    if area != pictureArea {
      pictureArea = area
      encoder.setArea(area)
      dirtyVideo = true
    }
    let framed = dirtyLines || dirtyVideo
    if framed { write(Sequences.beginUpdate) }
    drawHUD()
    var encoded = started
    let (bytes, cells, complete) = encoder.encode(
      image, labels: labels, prefix: framed ? Sequences.beginCells : Sequences.beginFrame, suffix: Sequences.endFrame
    ) {
      bytes, cells in
      encoded = TerminalScreen.microseconds()
      return (bytes.count, cells, seg_guard_write(bytes.baseAddress, bytes.count) == bytes.count)
    }
    if framed && bytes == 0 { write(Sequences.endUpdate) }
    if !complete { encoder.forget() }
    return PresentStatistics(
      bytes: bytes, changedCells: cells, microseconds: TerminalScreen.microseconds() - started, encodeMicroseconds: encoded - started)
  }

  /// Shows what changed in the HUD and leaves the picture as it is.
  public func refresh() {
    if closed || !(dirtyLines || dirtyVideo) { return }
    write(Sequences.beginUpdate)
    drawHUD()
    write(Sequences.endUpdate)
  }

  /// Forgets what the terminal shows: everything is painted anew with the next `present`.
  public func invalidate() {
    clearok(seg_curscr(), true)
    encoder.forget()
    dirtyLines = true
    dirtyVideo = true
  }

  /// The next key or event, also `quit` when the terminal has gone; nil when there is none within `timeout` milliseconds (0: at once; below 0: waits for ever).
  ///
  /// After a resize, a continuation and Ctrl-L everything was forgotten already, and the HUD is drawn; the picture must be presented again.
  public func nextKey(timeout: Int) -> KeyEvent? {
    let deadline = timeout < 0 ? Int.max : TerminalScreen.microseconds() + timeout * 1000
    while !closed {
      if let event = takeEvent() { return event }
      if hangUpIsNews {
        hangUpIsNews = false
        return .quit(signal: SIGHUP)
      }
      if let key = decoder.next() {
        if key == .control("l") { invalidate() }
        return key
      }
      let left = deadline == Int.max ? -1 : max(0, (deadline - TerminalScreen.microseconds() + 999) / 1000)
      if !waitForInput(left) && left == 0 { return decoder.next() }
    }
    return nil
  }

  private func takeEvent() -> KeyEvent? {
    guard let event = TerminalSignals.next() else { return nil }
    switch event {
    case .quit(let signal): return .quit(signal: signal)
    case .resized:
      measure()
      invalidate()
      return .resize
    case .resumed:
      measure()
      invalidate()
      return .resumed
    }
  }

  /// Reads what is there within so many milliseconds; false when nothing came. A lone escape is a key after 50 milliseconds of silence, and a
  /// reply that breaks off is given up after a second.
  private func waitForInput(_ milliseconds: Int) -> Bool {
    var limit = milliseconds
    if decoder.isWaiting {
      let silence = (TerminalScreen.microseconds() - lastInput) / 1000
      let patience = silence < 50 ? 50 - silence : silence < 1000 ? 1000 - silence : 0
      limit = milliseconds < 0 ? patience : min(patience, milliseconds)
    }
    var waits = [
      pollfd(fd: hungUp ? -1 : inputDescriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: TerminalSignals.descriptor, events: Int16(POLLIN), revents: 0),
    ]
    let ready = poll(&waits, 2, Int32(clamping: limit))
    if ready <= 0 {
      let silence = (TerminalScreen.microseconds() - lastInput) / 1000
      if decoder.isWaiting && silence >= 50 { decoder.flush(everything: silence >= 1000) }
      return false
    }
    if waits[0].revents != 0 {
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1024) { buffer in
        let count = read(inputDescriptor, buffer.baseAddress, buffer.count)
        if count > 0 {
          lastInput = TerminalScreen.microseconds()
          decoder.feed(buffer.prefix(count))
        } else if count == 0 || (errno != EINTR && errno != EAGAIN) {
          hungUp = true
          hangUpIsNews = true
        }
      }
    }
    return true
  }

  /// Gives the terminal back for a while, for another program or a shell; `resume` takes it again.
  public func suspend() { seg_guard_leave() }

  /// Takes the terminal back after `suspend`; the picture must be presented again.
  public func resume() {
    seg_guard_enter()
    measure()
    invalidate()
    refresh()
  }

  /// Gives the terminal back for good, as it was found. Nothing else may be called afterwards; a second call does nothing.
  public func close() {
    if closed { return }
    closed = true
    write(Sequences.endUpdate)
    set_term(screen)
    endwin()
    seg_guard_leave()
    seg_guard_disarm()
    delscreen(screen)
    fclose(files.output)
    fclose(files.input)
  }

  /// Asks the terminal for its size and lays everything out anew.
  private func measure() {
    var window = winsize()
    if ioctl(outputDescriptor, UInt(TIOCGWINSZ), &window) == 0, window.ws_row > 0, window.ws_col > 0 {
      size = CellSize(columns: min(4096, Int(window.ws_col)), rows: min(4096, Int(window.ws_row)))
      resizeterm(Int32(size.rows), Int32(size.columns))
      if window.ws_xpixel > 0, window.ws_ypixel > 0 {
        let aspect = Double(window.ws_xpixel) / Double(window.ws_col) / (Double(window.ws_ypixel) / Double(window.ws_row))
        if aspect > 0.2 && aspect < 2 { cellAspect = aspect }
      }
    } else if size.columns == 0 {
      size = CellSize(columns: 80, rows: 24)
    }
    layOut()
  }

  private func layOut() {
    let rows = PanelLayout.rows(size.rows, header: header.count, footer: footer.count)
    let area = CellRectangle(left: 0, top: rows.header, size: CellSize(columns: size.columns, rows: rows.video))
    dirtyLines = true
    dirtyVideo = true
    if area == videoArea { return }
    videoArea = area
    // Until a picture comes for the new area there is none.
    pictureArea = nil
    encoder.setArea(CellRectangle(left: 0, top: 0, size: CellSize(columns: 0, rows: 0)))
  }

  private func write(_ bytes: [UInt8]) { _ = seg_guard_write(bytes, bytes.count) }

  private static func microseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000_000 + time.tv_nsec / 1000
  }
}

/// Control sequences around a picture: DEC 2026 lets the terminal show an update at once, and cursor and attributes are as ncurses left them.
enum Sequences {
  static let beginUpdate = Array("\u{1B}[?2026h".utf8)
  static let endUpdate = Array("\u{1B}[?2026l".utf8)
  static let beginCells = Array("\u{1B}7".utf8)
  static let beginFrame = beginUpdate + beginCells
  static let endFrame = Array("\u{1B}[m\u{1B}8".utf8) + endUpdate
}
