internal import CNCursesW
internal import CTerminalGuard

extension TerminalScreen {
  /// Brings ncurses' screen up to date and lets it write what changed. The cells of the picture are a sentinel to ncurses: never blank, so that
  /// it does not erase them, and never changed, so that it does not write them.
  func drawHUD() {
    if !dirtyLines && !dirtyVideo { return }
    set_term(screen)
    if dirtyVideo { drawVideoArea() }
    for (index, line) in header.prefix(videoArea.top).enumerated() { draw(TextCells.layOut(line, columns: size.columns), row: index, column: 0) }
    let below = videoArea.top + videoArea.size.rows
    for (index, line) in footer.prefix(max(0, size.rows - below)).enumerated() {
      draw(TextCells.layOut(line, columns: size.columns), row: below + index, column: 0)
    }
    dirtyLines = false
    dirtyVideo = false
    wnoutrefresh(seg_stdscr())
    doupdate()
  }

  private func drawVideoArea() {
    let blank = TextCell(text: " ", style: .plain, width: 1)
    let blanks = Array(repeating: blank, count: size.columns)
    for row in 0..<videoArea.size.rows { draw(blanks, row: videoArea.top + row, column: 0) }
    if let area = pictureArea {
      var cell = cchar_t()
      // A braille blank, or a no-break space where there is no Unicode.
      _ = seg_cell_set(&cell, [unicode ? 0x2800 : 0xA0, 0], 0, colours > .none ? HUDPalette.sentinelPair : 0)
      let row = Array(repeating: cell, count: area.size.columns)
      for index in 0..<area.size.rows { mvadd_wchnstr(Int32(area.top + index), Int32(area.left), row, Int32(row.count)) }
    }
    var covered: [CellRectangle] = []
    for place in Panel.Place.allCases {
      guard let panel = panels[place], let rectangle = PanelLayout.rectangle(of: panel, at: place, in: videoArea) else { continue }
      covered.append(rectangle)
      for (index, cells) in PanelLayout.cells(of: panel, size: rectangle.size, unicode: unicode).enumerated() {
        draw(cells, row: rectangle.top + index, column: rectangle.left)
      }
    }
    encoder.cover(covered)
  }

  private func draw(_ cells: [TextCell], row: Int, column: Int) {
    if cells.isEmpty { return }
    withUnsafeTemporaryAllocation(of: cchar_t.self, capacity: cells.count) { buffer in
      var style = TextStyle.plain
      var look = palette.look(of: style)
      for (index, cell) in cells.enumerated() {
        if cell.style != style {
          style = cell.style
          look = palette.look(of: style)
        }
        var scalars = cell.text.unicodeScalars.prefix(5).map { wchar_t(bitPattern: $0.value) }
        scalars.append(0)
        buffer.initializeElement(at: index, to: cchar_t())
        if seg_cell_set(&buffer[index], scalars, look.attributes, look.pair) != OK { _ = seg_cell_set(&buffer[index], [0x3F, 0], look.attributes, look.pair) }
      }
      mvadd_wchnstr(Int32(row), Int32(column), buffer.baseAddress, Int32(cells.count))
    }
  }
}
