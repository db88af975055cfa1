internal import CNCursesW

/// A character cell of the HUD: up to five scalars, a style, and how many columns it takes.
struct TextCell: Hashable, Sendable {
  var text: String
  var style: TextStyle
  /// 1 or 2 columns; the second column of a wide character has no cell of its own.
  var width: Int
}

/// Laying out text in cells: pure functions from lines to cells.
enum TextCells {
  /// The cells of a span. Control characters become "?"; scalars beyond ncurses' five a cell are left out.
  static func cells(of span: StyledSpan) -> [TextCell] {
    var cells: [TextCell] = []
    for character in span.text {
      var text = String.UnicodeScalarView()
      var width = 0
      for scalar in character.unicodeScalars {
        let columns = columns(of: scalar)
        if columns < 0 {
          text = String.UnicodeScalarView("?".unicodeScalars)
          width = 1
          break
        }
        if text.isEmpty {
          if columns == 0 { continue }
          text.append(scalar)
          width = columns
        } else if columns == 0 && scalar.value != 0x200D && text.count < 5 {
          text.append(scalar)
        }
      }
      if width > 0 { cells.append(TextCell(text: String(text), style: span.style, width: width)) }
    }
    return cells
  }

  /// Columns a scalar takes: 0 for combining ones, below 0 for control characters and what the locale cannot show.
  static func columns(of scalar: Unicode.Scalar) -> Int {
    if scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) { return -1 }
    if scalar.value < 0x7F { return 1 }
    // Formatting characters change the direction or the look of what follows.
    if scalar.properties.generalCategory == .format && scalar.value != 0x200D { return -1 }
    return Int(seg_character_columns(wchar_t(bitPattern: scalar.value)))
  }

  /// Columns that cells take together.
  static func width(of cells: [TextCell]) -> Int { cells.reduce(0) { $0 + $1.width } }

  /// The cells of a line that is exactly `columns` wide.
  static func layOut(_ line: StyledLine, columns: Int) -> [TextCell] {
    if columns <= 0 { return [] }
    var left = line.left.flatMap { cells(of: $0) }
    var rightSpans = line.right.map { cells(of: $0) }
    var rightWidth = rightSpans.reduce(0) { $0 + width(of: $1) }
    let leftWidth = width(of: left)
    while !rightSpans.isEmpty && leftWidth + (leftWidth > 0 ? 1 : 0) + rightWidth > columns {
      // The right text is worth more than the tail of a long left one while it takes under half of the line.
      if leftWidth > columns / 2 && rightWidth <= columns / 3 { break }
      rightWidth -= width(of: rightSpans.removeFirst())
    }
    let room = max(0, columns - rightWidth - (rightSpans.isEmpty ? 0 : 1))
    if leftWidth > room { left = truncated(left, columns: room) }
    let free = columns - width(of: left) - rightWidth
    return left + middle(line, free: free) + rightSpans.flatMap { $0 }
  }

  /// The cells cut to at most `columns`; an ellipsis at the end when something was cut.
  static func truncated(_ cells: [TextCell], columns: Int) -> [TextCell] {
    if width(of: cells) <= columns { return cells }
    if columns <= 0 { return [] }
    var kept: [TextCell] = []
    var used = 0
    for cell in cells {
      if used + cell.width > columns - 1 { break }
      kept.append(cell)
      used += cell.width
    }
    kept.append(TextCell(text: "…", style: kept.last?.style ?? cells[0].style, width: 1))
    return kept
  }

  private static func middle(_ line: StyledLine, free: Int) -> [TextCell] {
    let blank = TextCell(text: " ", style: line.fill, width: 1)
    guard let bar = line.bar, free >= 6 else { return Array(repeating: blank, count: max(0, free)) }
    let length = free - 2
    let halves = Int((bar.fraction * Double(length * 2)).rounded())
    var cells = [blank]
    for index in 0..<length {
      let filled = halves - 2 * index
      let text = filled == 1 ? "╸" : "━"
      cells.append(TextCell(text: text, style: filled >= 1 ? bar.filled : bar.rest, width: 1))
    }
    cells.append(blank)
    return cells
  }
}
