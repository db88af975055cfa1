/// Where HUD, video and panels go: pure functions of sizes.
enum PanelLayout {
  /// Rows that header, video and footer take; the header goes first where the terminal is small, then the footer.
  static func rows(_ total: Int, header: Int, footer: Int) -> (header: Int, video: Int, footer: Int) {
    let shownHeader = total - header - footer >= 2 ? header : 0
    let shownFooter = total - shownHeader - footer >= 1 ? footer : 0
    return (shownHeader, max(0, total - shownHeader - shownFooter), shownFooter)
  }

  /// The rectangle of a panel with its border, nil where there is no room for one.
  static func rectangle(of panel: Panel, at place: Panel.Place, in area: CellRectangle) -> CellRectangle? {
    let title = TextCells.width(of: TextCells.cells(of: StyledSpan(panel.title)))
    let widest = panel.lines.reduce(0) { max($0, naturalWidth(of: $1)) }
    let columns = min(area.size.columns, max(widest, title + 2) + 4)
    let rows = min(area.size.rows, panel.lines.count + 2)
    if columns < 6 || rows < 3 { return nil }
    let size = CellSize(columns: columns, rows: rows)
    switch place {
    case .centre: return area.centred(size)
    case .upperRight: return CellRectangle(left: area.left + area.size.columns - columns, top: area.top, size: size)
    case .lowerLeft: return CellRectangle(left: area.left, top: area.top + area.size.rows - rows, size: size)
    }
  }

  /// The rows of a panel as cells, each exactly as wide as its rectangle. Without Unicode the border is of ASCII characters.
  static func cells(of panel: Panel, size: CellSize, unicode: Bool) -> [[TextCell]] {
    let parts = Array(unicode ? "╭─╮│╰╯▲▼" : "+-+|++^v").map { TextCell(text: String($0), style: panel.border, width: 1) }
    let inside = size.columns - 4
    let shown = size.rows - 2
    let first = max(0, min(panel.scroll, panel.lines.count - shown))
    let blank = TextCell(text: " ", style: panel.border, width: 1)

    var title = TextCells.truncated(TextCells.cells(of: StyledSpan(panel.title, panel.border)), columns: max(0, size.columns - 6))
    if !title.isEmpty { title = [blank] + title + [blank] }
    let above = first > 0 ? parts[6] : parts[1]
    let below = first + shown < panel.lines.count ? parts[7] : parts[1]
    let upperFill = size.columns - 4 - TextCells.width(of: title)
    var rows = [[parts[0], parts[1]] + title + Array(repeating: parts[1], count: max(0, upperFill)) + [above, parts[2]]]
    for index in first..<min(panel.lines.count, first + shown) {
      let line = panel.lines[index]
      let edge = TextCell(text: " ", style: line.fill, width: 1)
      rows.append([parts[3], edge] + TextCells.layOut(line, columns: inside) + [edge, parts[3]])
    }
    rows.append([parts[4]] + Array(repeating: parts[1], count: size.columns - 3) + [below, parts[5]])
    return rows
  }

  private static func naturalWidth(of line: StyledLine) -> Int {
    let left = line.left.reduce(0) { $0 + TextCells.width(of: TextCells.cells(of: $1)) }
    let right = line.right.reduce(0) { $0 + TextCells.width(of: TextCells.cells(of: $1)) }
    return left + right + (left > 0 && right > 0 ? 2 : 0) + (line.bar == nil ? 0 : 12)
  }
}
