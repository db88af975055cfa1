/// A cell of a `VirtualScreen`.
public struct VirtualCell: Hashable, Sendable {
  /// What is written in it; a blank by default, empty in the right half of a wide character.
  public var text = " "
  /// Foreground: `0x1RRGGBB` for 24 bits, 0...255 for a palette index, -1 for the default.
  public var foreground = -1
  /// Background, likewise.
  public var background = -1
  /// Bold, dim and reversed as bits 0, 1 and 2.
  public var attributes = 0

  /// Makes a blank cell.
  public init() {}
}

/// A small interpreter of what terminal programs send: it keeps the grid that a terminal would show.
///
/// Understands cursor movement, erasing, SGR with 16, 256 and 16 million colours, insertion and deletion, repetition, scrolling regions, the alternate
/// screen, saved cursors and private modes. What it does not know is listed in `unknown`.
public struct VirtualScreen: Sendable {
  /// Columns and rows.
  public private(set) var columns: Int
  /// Rows.
  public private(set) var rows: Int
  /// Cells by row.
  public private(set) var cells: [[VirtualCell]]
  /// The cursor's row from 0.
  public private(set) var row = 0
  /// The cursor's column from 0.
  public private(set) var column = 0
  /// Private modes that are on, such as 1049 (alternate screen), 2026 (synchronized update), 25 (cursor shown).
  public private(set) var modes: Set<Int> = [25, 7]
  /// How often a synchronized update began.
  public private(set) var updates = 0
  /// Cells written, in all.
  public private(set) var written = 0
  /// Lines that were scrolled, in all.
  public private(set) var scrolled = 0
  /// Sequences that are not understood.
  public private(set) var unknown: [String] = []

  private var pen = VirtualCell()
  private var savedCursor = (row: 0, column: 0, pen: VirtualCell())
  private var other: [[VirtualCell]]
  private var region: Range<Int>
  private var wraps = false
  private var pending: [UInt8] = []
  private var last = " "

  /// Makes a blank screen.
  public init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
    cells = Array(repeating: Array(repeating: VirtualCell(), count: columns), count: rows)
    other = cells
    region = 0..<rows
  }

  /// The rows as text, without blanks at their ends.
  public var lines: [String] {
    cells.map { row in
      var text = row.map(\.text).joined()
      while text.hasSuffix(" ") { text.removeLast() }
      return text
    }
  }

  /// Whether no sequence is unfinished.
  public var isComplete: Bool { pending.isEmpty }

  /// Interprets bytes; sequences may be split between calls.
  public mutating func feed(_ bytes: some Sequence<UInt8>) {
    pending.append(contentsOf: bytes)
    var position = 0
    while position < pending.count {
      let used = step(position)
      if used == 0 { break }
      position += used
    }
    pending.removeFirst(position)
  }

  private mutating func step(_ start: Int) -> Int {
    let byte = pending[start]
    switch byte {
    case 0x1B: return escape(start)
    case 0x0D: column = 0; wraps = false
    case 0x0A, 0x0B: lineFeed()
    case 0x08: column = max(0, column - 1); wraps = false
    case 0x07, 0x0E, 0x0F, 0x00: break
    case 0x09: column = min(columns - 1, (column / 8 + 1) * 8)
    case 0x01..<0x20, 0x7F: unknown.append("control \(byte)")
    default:
      let length = byte < 0x80 ? 1 : byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2
      // A broken-off character ends where the next one or a sequence begins.
      for offset in 1..<max(1, length) where start + offset < pending.count && pending[start + offset] & 0xC0 != 0x80 { return offset }
      if start + length > pending.count { return 0 }
      write(String(decoding: pending[start..<(start + length)], as: UTF8.self))
      return length
    }
    return 1
  }

  private mutating func write(_ text: String) {
    guard let scalar = text.unicodeScalars.first else { return }
    if scalar.properties.canonicalCombiningClass != .notReordered, column > 0 || wraps {
      cells[row][wraps ? column : column - 1].text += text
      return
    }
    let wide =
      (0x1100...0x115F).contains(scalar.value) || (0x2E80...0xD7A3).contains(scalar.value) || (0xF900...0xFAFF).contains(scalar.value)
      || (0xFF00...0xFF60).contains(scalar.value) || (0x1F300...0x1F9FF).contains(scalar.value)
    if wraps || (wide && column == columns - 1) {
      column = 0
      lineFeed()
    }
    pen.text = text
    last = text
    cells[row][column] = pen
    written += 1
    if wide, column + 1 < columns {
      cells[row][column + 1] = pen
      cells[row][column + 1].text = ""
    }
    let width = wide ? 2 : 1
    wraps = column + width >= columns
    column = min(columns - 1, column + width)
  }

  private mutating func lineFeed() {
    wraps = false
    if row == region.upperBound - 1 {
      scroll(by: 1)
    } else if row < rows - 1 {
      row += 1
    }
  }

  private var blank: VirtualCell {
    var cell = VirtualCell()
    cell.background = pen.background
    return cell
  }

  private mutating func scroll(by count: Int) {
    scrolled += abs(count)
    let line = Array(repeating: blank, count: columns)
    for _ in 0..<min(abs(count), region.count) {
      if count > 0 {
        cells.remove(at: region.lowerBound)
        cells.insert(line, at: region.upperBound - 1)
      } else {
        cells.remove(at: region.upperBound - 1)
        cells.insert(line, at: region.lowerBound)
      }
    }
  }

  private mutating func escape(_ start: Int) -> Int {
    guard start + 1 < pending.count else { return 0 }
    switch pending[start + 1] {
    case UInt8(ascii: "["): return controlSequence(start)
    case UInt8(ascii: "("), UInt8(ascii: ")"):
      if start + 2 >= pending.count { return 0 }
      if pending[start + 2] != UInt8(ascii: "B") { unknown.append("character set") }
      return 3
    case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "_"):
      var index = start + 2
      while index < pending.count {
        if pending[index] == 0x07 { return index + 1 - start }
        if pending[index] == 0x1B, index + 1 < pending.count { return index + 2 - start }
        index += 1
      }
      return 0
    case UInt8(ascii: "7"): savedCursor = (row, column, pen)
    case UInt8(ascii: "8"): restoreCursor()
    case UInt8(ascii: "M"): if row == region.lowerBound { scroll(by: -1) } else { row = max(0, row - 1) }
    case UInt8(ascii: "="), UInt8(ascii: ">"): break
    case let byte: unknown.append("ESC \(Character(Unicode.Scalar(byte)))")
    }
    return 2
  }

  private mutating func restoreCursor() {
    (row, column, pen) = savedCursor
    (row, column) = (min(row, rows - 1), min(column, columns - 1))
    wraps = false
  }

  private mutating func controlSequence(_ start: Int) -> Int {
    var index = start + 2
    while index < pending.count, (0x20...0x3F).contains(pending[index]) { index += 1 }
    guard index < pending.count else { return 0 }
    // A new sequence breaks an unfinished one off.
    if pending[index] == 0x1B { return index - start }
    let body = String(decoding: pending[(start + 2)..<index], as: UTF8.self)
    let final = Character(Unicode.Scalar(pending[index]))
    if body.hasPrefix("?") {
      for mode in body.dropFirst().split(separator: ";").compactMap({ Int($0) }) { set(mode, on: final == "h") }
      if final != "h" && final != "l" { unknown.append("CSI \(body)\(final)") }
    } else if body.contains(where: { !"0123456789;".contains($0) }) {
      unknown.append("CSI \(body)\(final)")
    } else {
      let values = body.split(separator: ";", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
      perform(final, values, body)
    }
    return index + 1 - start
  }

  private mutating func set(_ mode: Int, on: Bool) {
    if mode == 1049, modes.contains(1049) != on {
      if on { savedCursor = (row, column, pen) }
      swap(&cells, &other)
      if on { cells = Array(repeating: Array(repeating: VirtualCell(), count: columns), count: rows) } else { restoreCursor() }
    }
    if mode == 2026 && on { updates += 1 }
    if on { modes.insert(mode) } else { modes.remove(mode) }
  }
}

extension VirtualScreen {
  private mutating func perform(_ final: Character, _ values: [Int], _ body: String) {
    let first = values.first ?? 0
    let count = max(1, first)
    if !"mb".contains(final) { wraps = false }
    switch final {
    case "A": row = max(0, row - count)
    case "B", "e": row = min(rows - 1, row + count)
    case "C", "a": column = min(columns - 1, column + count)
    case "D": column = max(0, column - count)
    case "G", "`": column = min(columns - 1, count - 1)
    case "d": row = min(rows - 1, count - 1)
    case "H", "f":
      row = min(rows - 1, count - 1)
      column = min(columns - 1, max(1, values.count > 1 ? values[1] : 1) - 1)
    case "J": erase(display: first)
    case "K": erase(columns: first == 0 ? column..<columns : first == 1 ? 0..<(column + 1) : 0..<columns, row: row)
    case "X": erase(columns: column..<min(columns, column + count), row: row)
    case "b": for _ in 0..<count { write(last) }
    case "@":
      cells[row].insert(contentsOf: Array(repeating: blank, count: count), at: column)
      cells[row].removeLast(count)
    case "P":
      let removed = min(count, columns - column)
      cells[row].removeSubrange(column..<(column + removed))
      cells[row].append(contentsOf: Array(repeating: blank, count: removed))
    case "S": scroll(by: count)
    case "T": scroll(by: -count)
    case "r":
      region = max(0, count - 1)..<min(rows, values.count > 1 && values[1] > 0 ? values[1] : rows)
      (row, column) = (0, 0)
    case "m": select(values.isEmpty ? [0] : values)
    case "h", "l", "t", "c", "n": break
    default: unknown.append("CSI \(body)\(final)")
    }
  }

  private mutating func erase(display kind: Int) {
    let full = 0..<columns
    if kind == 0 { erase(columns: column..<columns, row: row) }
    if kind == 1 { erase(columns: 0..<(column + 1), row: row) }
    for line in 0..<rows where kind >= 2 || (kind == 0 && line > row) || (kind == 1 && line < row) { erase(columns: full, row: line) }
  }

  private mutating func erase(columns: Range<Int>, row: Int) {
    for column in columns { cells[row][column] = blank }
  }

  private mutating func select(_ values: [Int]) {
    var index = 0
    while index < values.count {
      let value = values[index]
      switch value {
      case 0: pen = VirtualCell()
      case 1: pen.attributes |= 1
      case 2: pen.attributes |= 2
      case 7: pen.attributes |= 4
      case 22: pen.attributes &= ~3
      case 27: pen.attributes &= ~4
      case 30...37: pen.foreground = value - 30
      case 40...47: pen.background = value - 40
      case 90...97: pen.foreground = value - 82
      case 100...107: pen.background = value - 92
      case 39: pen.foreground = -1
      case 49: pen.background = -1
      case 38, 48:
        var colour = -1
        if index + 2 < values.count, values[index + 1] == 5 {
          colour = values[index + 2]
          index += 2
        } else if index + 4 < values.count, values[index + 1] == 2 {
          colour = 0x100_0000 | values[index + 2] << 16 | values[index + 3] << 8 | values[index + 4]
          index += 4
        } else {
          unknown.append("SGR \(values)")
        }
        if value == 38 { pen.foreground = colour } else { pen.background = colour }
      default: unknown.append("SGR \(value)")
      }
      index += 1
    }
  }
}
