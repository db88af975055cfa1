import SegBase
import SegTestSupport
import Testing

@testable import SegTerminal

@Suite struct CellEncoderTests {
  /// Pictures with runs of equal colours, so that every shortcut of the encoder is taken.
  static func picture(_ size: PixelSize, colours: Int, using random: inout RandomNumbers) -> PixelImage {
    var image = PixelImage(size: size, format: .rgba32)
    let palette = (0..<colours).map { _ in UInt32.random(in: 0...0xFF_FFFF, using: &random) }
    image.withMutableBytes { bytes in
      for pixel in 0..<size.pixelCount {
        let colour = palette[Int.random(in: 0..<colours, using: &random)]
        for channel in 0..<3 { bytes[4 * pixel + channel] = UInt8(colour >> UInt32(8 * channel) & 0xFF) }
        bytes[4 * pixel + 3] = 255
      }
    }
    return image
  }

  /// The two colours of each cell as a terminal shows them, upper half first; half blocks, full blocks and blanks are all that may occur.
  static func halves(_ cell: VirtualCell) -> [Int] {
    switch cell.text {
    case "▀": [cell.foreground, cell.background]
    case "▄": [cell.background, cell.foreground]
    case "█": [cell.foreground, cell.foreground]
    case " ": [cell.background, cell.background]
    default: [-2, -2]
    }
  }

  static func pixel(_ image: borrowing PixelImage, _ x: Int, _ y: Int) -> Int {
    let width = image.size.width
    return image.withBytes { bytes in
      let at = 4 * (y * width + x)
      return 0x100_0000 | Int(bytes[at]) << 16 | Int(bytes[at + 1]) << 8 | Int(bytes[at + 2])
    }
  }

  @Test("the bytes of each picture turn the one before into it", arguments: [(1, 2), (7, 10), (33, 8), (80, 46), (5, 3), (12, 1)], [1, 2, 3, 40, 5000])
  func showsExactly(size: (Int, Int), colours: Int) {
    let seed = UInt64.random(in: 0...(.max))
    var random = RandomNumbers(seed: seed)
    let size = PixelSize(width: size.0, height: size.1)
    let cells = PixelMode.halfBlock.cells(for: size)
    let area = CellRectangle(left: Int.random(in: 0...3, using: &random), top: Int.random(in: 0...2, using: &random), size: cells)
    var encoder = CellEncoder(pixelMode: .halfBlock, colours: .direct24)
    encoder.setArea(area)
    var screen = VirtualScreen(columns: area.left + cells.columns + Int.random(in: 0...1, using: &random), rows: area.top + cells.rows)
    for frame in 0..<6 {
      let image = CellEncoderTests.picture(size, colours: colours, using: &random)
      let bytes = encoder.encode(image) { bytes, _ in Array(bytes) }
      screen.feed(Array("\u{1B}[m".utf8) + bytes)
      for y in 0..<size.height {
        for x in 0..<size.width {
          let shown = CellEncoderTests.halves(screen.cells[area.top + y / 2][area.left + x])[y % 2]
          #expect(shown == CellEncoderTests.pixel(image, x, y), "seed \(seed) frame \(frame) at \(x), \(y)")
        }
      }
      if size.height % 2 == 1 { #expect(screen.cells[area.top + cells.rows - 1][area.left].background == -1, "no pixel: the terminal's own background") }
    }
    #expect(screen.unknown.isEmpty && screen.isComplete && screen.scrolled == 0, "seed \(seed)")
  }

  @Test("with a tolerance no channel is further away than it, and bytes are saved", arguments: [1, 4, 30]) func tolerance(tolerance: Int) {
    let seed = UInt64.random(in: 0...(.max))
    var random = RandomNumbers(seed: seed)
    let size = PixelSize(width: 31, height: 14)
    var exact = CellEncoder(pixelMode: .halfBlock, colours: .direct24)
    var near = CellEncoder(pixelMode: .halfBlock, colours: .direct24)
    exact.setArea(CellRectangle(left: 0, top: 0, size: CellSize(columns: 31, rows: 7)))
    near.setArea(exact.area)
    near.tolerance = tolerance
    var screen = VirtualScreen(columns: 31, rows: 7)
    let base = CellEncoderTests.picture(size, colours: 5, using: &random)
    var bytes = (0, 0)
    for frame in 0..<8 {
      var image = base.copy()
      image.withMutableBytes { pixels in
        for index in pixels.indices { pixels[index] = UInt8(clamping: Int(pixels[index]) + Int.random(in: -3...3, using: &random)) }
      }
      bytes.0 += exact.encode(image) { bytes, _ in bytes.count }
      bytes.1 += near.encode(image, prefix: Array("\u{1B}[m".utf8)) { bytes, _ in
        screen.feed(bytes)
        return bytes.count
      }
      for y in 0..<size.height {
        for x in 0..<size.width {
          let shown = CellEncoderTests.halves(screen.cells[y / 2][x])[y % 2]
          let wanted = CellEncoderTests.pixel(image, x, y)
          for shift in [0, 8, 16] {
            #expect(abs((shown >> shift & 0xFF) - (wanted >> shift & 0xFF)) <= tolerance, "seed \(seed) frame \(frame) at \(x), \(y)")
          }
        }
      }
    }
    #expect(bytes.1 < bytes.0)
  }

  @Test func equalPicturesCostNothing() {
    var random = RandomNumbers(seed: 1)
    let image = CellEncoderTests.picture(PixelSize(width: 40, height: 20), colours: 9, using: &random)
    var encoder = CellEncoder(pixelMode: .halfBlock, colours: .direct24)
    encoder.setArea(CellRectangle(left: 0, top: 0, size: CellSize(columns: 40, rows: 10)))
    #expect(encoder.encode(image) { $1 } == 400)
    #expect(encoder.encode(image, prefix: [27, 55], suffix: [27, 56]) { $0.count + $1 } == 0)
    encoder.forget()
    #expect(encoder.encode(image, prefix: [27, 55], suffix: [27, 56]) { bytes, _ in Array(bytes.prefix(2)) + Array(bytes.suffix(2)) } == [27, 55, 27, 56])
  }

  @Test func coveredCellsAreLeftAloneAndComeBack() {
    var random = RandomNumbers(seed: 2)
    let size = PixelSize(width: 30, height: 20)
    var encoder = CellEncoder(pixelMode: .halfBlock, colours: .direct24)
    let area = CellRectangle(left: 2, top: 1, size: CellSize(columns: 30, rows: 10))
    encoder.setArea(area)
    var screen = VirtualScreen(columns: 40, rows: 12)
    let first = CellEncoderTests.picture(size, colours: 100, using: &random)
    encoder.encode(first) { bytes, _ in screen.feed(bytes) }
    let window = CellRectangle(left: 10, top: 0, size: CellSize(columns: 9, rows: 5))
    encoder.cover([window])
    let before = screen
    let second = CellEncoderTests.picture(size, colours: 100, using: &random)
    encoder.encode(second) { bytes, _ in screen.feed(bytes) }
    for row in 0..<12 {
      for column in 0..<40 where (10..<19).contains(column) && row < 5 {
        #expect(screen.cells[row][column] == before.cells[row][column])
      }
    }
    encoder.cover([])
    #expect(
      encoder.encode(second) { bytes, changed in
        screen.feed(bytes); return changed
      } == 9 * 4)
    for y in 0..<20 {
      for x in 0..<30 {
        #expect(CellEncoderTests.halves(screen.cells[1 + y / 2][2 + x])[y % 2] == CellEncoderTests.pixel(second, x, y))
      }
    }
  }

  @Test func areasOfOtherShapesUseTheSameMemory() {
    var random = RandomNumbers(seed: 3)
    var encoder = CellEncoder(pixelMode: .halfBlock, colours: .direct24)
    for (columns, rows) in [(40, 3), (2, 60), (120, 1), (1, 1), (50, 50)] {
      encoder.setArea(CellRectangle(left: 0, top: 0, size: CellSize(columns: columns, rows: rows)))
      var screen = VirtualScreen(columns: columns, rows: rows)
      let image = CellEncoderTests.picture(PixelSize(width: columns, height: 2 * rows), colours: 10_000, using: &random)
      encoder.encode(image) { bytes, _ in screen.feed(bytes) }
      #expect(CellEncoderTests.halves(screen.cells[rows - 1][columns - 1])[1] == CellEncoderTests.pixel(image, columns - 1, 2 * rows - 1))
    }
  }

  @Test("a row of two-colour cells is written in the fewest bytes, and one with flat cells nearly so", arguments: [false, true])
  func writesRowsInTheFewestBytes(flat: Bool) {
    let seed = UInt64.random(in: 0...(.max))
    var random = RandomNumbers(seed: seed)
    for _ in 0..<60 {
      let width = Int.random(in: 1...7, using: &random)
      let image = CellEncoderTests.picture(PixelSize(width: width, height: 2), colours: 3, using: &random)
      let cells = (0..<width).map { (CellEncoderTests.pixel(image, $0, 0), CellEncoderTests.pixel(image, $0, 1)) }
      if !flat && cells.contains(where: { $0.0 == $0.1 }) { continue }
      var encoder = CellEncoder(pixelMode: .halfBlock, colours: .direct24)
      encoder.setArea(CellRectangle(left: 0, top: 0, size: CellSize(columns: width, rows: 1)))
      let count = encoder.encode(image) { bytes, _ in bytes.count }
      let least = CellEncoderTests.leastBytes(cells) + 3
      #expect(count >= least && count <= (flat ? least + 20 : least), "seed \(seed)")
    }
  }

  /// The fewest bytes for a row from the default state, by trying every combination.
  private static func leastBytes(_ cells: [(Int, Int)]) -> Int {
    let text = { (colour: Int) in "38;2;\(colour >> 16 & 0xFF);\(colour >> 8 & 0xFF);\(colour & 0xFF)".utf8.count }
    return (0..<(1 << cells.count)).map { choices in
      var (foreground, background, bytes) = (-1, -1, 0)
      for (index, cell) in cells.enumerated() {
        let other = choices >> index & 1 == 1
        var needs = other ? (cell.1, cell.0) : cell
        bytes += 3
        if cell.0 == cell.1 {
          needs = other ? (cell.0, background) : (foreground, cell.0)
          bytes -= other ? 0 : 2
        }
        let (setForeground, setBackground) = (needs.0 != foreground, needs.1 != background)
        if setForeground || setBackground { bytes += 3 }
        if setForeground && setBackground { bytes += 1 }
        if setForeground { bytes += text(needs.0) }
        if setBackground { bytes += text(needs.1) }
        (foreground, background) = needs
      }
      return bytes
    }.min() ?? 0
  }

  @Test("fewer colours stay within the palette and near the picture", arguments: [ColourDepth.indexed256, .ansi16])
  func fewColours(depth: ColourDepth) {
    var random = RandomNumbers(seed: 4)
    let size = PixelSize(width: 32, height: 32)
    var encoder = CellEncoder(pixelMode: .halfBlock, colours: depth)
    encoder.setArea(CellRectangle(left: 0, top: 0, size: CellSize(columns: 32, rows: 16)))
    var screen = VirtualScreen(columns: 32, rows: 16)
    let image = CellEncoderTests.picture(size, colours: 1, using: &random)
    encoder.encode(image) { bytes, _ in screen.feed(bytes) }
    #expect(screen.unknown.isEmpty)
    let range = depth == .ansi16 ? 0...15 : 16...255
    var sums = [0, 0, 0]
    for row in screen.cells {
      for cell in row {
        for index in CellEncoderTests.halves(cell) {
          #expect(range.contains(index))
          let colour = CellEncoderTests.xterm(index)
          for channel in 0..<3 { sums[channel] += colour[channel] }
        }
      }
    }
    // Ordered dithering of one colour: the mean over the pattern is near the colour, by a quarter of the largest step between levels.
    let wanted = CellEncoderTests.pixel(image, 0, 0)
    for channel in 0..<3 {
      let mean = sums[channel] / size.pixelCount
      #expect(abs(mean - (wanted >> (16 - 8 * channel) & 0xFF)) <= (depth == .ansi16 ? 64 : 25))
    }
  }

  static func xterm(_ index: Int) -> [Int] {
    let ansi = [
      0x000000, 0xCD0000, 0x00CD00, 0xCDCD00, 0x0000EE, 0xCD00CD, 0x00CDCD, 0xE5E5E5, 0x7F7F7F, 0xFF0000, 0x00FF00, 0xFFFF00, 0x5C5CFF, 0xFF00FF, 0x00FFFF,
      0xFFFFFF,
    ]
    if index < 16 { return [ansi[index] >> 16, ansi[index] >> 8 & 0xFF, ansi[index] & 0xFF] }
    if index >= 232 { return Array(repeating: 8 + 10 * (index - 232), count: 3) }
    let levels = [0, 95, 135, 175, 215, 255]
    return [levels[(index - 16) / 36], levels[(index - 16) / 6 % 6], levels[(index - 16) % 6]]
  }

  @Test func withoutColoursNothingButGlyphsAndMovesIsWritten() {
    var random = RandomNumbers(seed: 5)
    for mode in [PixelMode.ascii, .braille] {
      var encoder = CellEncoder(pixelMode: mode, colours: .none)
      encoder.setArea(CellRectangle(left: 0, top: 0, size: CellSize(columns: 9, rows: 4)))
      let image = CellEncoderTests.picture(mode.pixels(for: CellSize(columns: 9, rows: 4)), colours: 50, using: &random)
      let bytes = encoder.encode(image) { bytes, _ in Array(bytes) }
      #expect(!bytes.contains(UInt8(ascii: "m")) || mode == .ascii)
      #expect(!String(decoding: bytes, as: UTF8.self).contains("8;"))
    }
  }

  @Test("two colours in a cell are shown exactly by quadrants and sextants", arguments: [PixelMode.quadrant, .sextant])
  func blocksOfTwoColours(mode: PixelMode) {
    var random = RandomNumbers(seed: 6)
    let cells = CellSize(columns: 16, rows: 8)
    let size = mode.pixels(for: cells)
    let image = CellEncoderTests.picture(size, colours: 2, using: &random)
    var encoder = CellEncoder(pixelMode: mode, colours: .direct24)
    encoder.setArea(CellRectangle(left: 0, top: 0, size: cells))
    var screen = VirtualScreen(columns: 16, rows: 8)
    encoder.encode(image) { bytes, _ in screen.feed(bytes) }
    for y in 0..<size.height {
      for x in 0..<size.width {
        let cell = screen.cells[y / mode.pixelsPerCell.height][x / 2]
        let part = x % 2 + 2 * (y % mode.pixelsPerCell.height)
        let shown = CellEncoderTests.parts(cell.text, mode) >> part & 1 == 1 ? cell.foreground : cell.background
        #expect(shown == CellEncoderTests.pixel(image, x, y), "\(mode) at \(x), \(y): \(cell)")
      }
    }
  }

  /// The parts of a cell in foreground colour, from the glyph, written down independently of the encoder's table.
  static func parts(_ text: String, _ mode: PixelMode) -> Int {
    if mode == .quadrant { return [" ", "▘", "▝", "▀", "▖", "▌", "▞", "▛", "▗", "▚", "▐", "▜", "▄", "▙", "▟", "█"].firstIndex(of: text) ?? -1 }
    let known = [" ": 0, "▌": 0b010101, "▐": 0b101010, "█": 0b111111]
    if let mask = known[text] { return mask }
    let value = Int(text.unicodeScalars.first?.value ?? 0) - 0x1FB00
    let masks = (1...62).filter { $0 != 0b010101 && $0 != 0b101010 }
    return masks.indices.contains(value) ? masks[value] : -1
  }

  @Test func asciiGetsDenserWithBrightness() {
    var image = PixelImage(size: PixelSize(width: 256, height: 1), format: .rgba32)
    image.withMutableBytes { bytes in for index in 0..<1024 { bytes[index] = index % 4 == 3 ? 255 : UInt8(index / 4) } }
    var encoder = CellEncoder(pixelMode: .ascii, colours: .none)
    encoder.setArea(CellRectangle(left: 0, top: 0, size: CellSize(columns: 256, rows: 1)))
    var screen = VirtualScreen(columns: 256, rows: 1)
    encoder.encode(image) { bytes, _ in screen.feed(bytes) }
    #expect(screen.cells[0][0].text == " " && screen.cells[0][255].text == "@")
    #expect(Set(screen.cells[0].map(\.text)).count > 8)
  }

  @Test func brailleShowsNoneHalfAndAllDots() {
    for (value, dots) in [(UInt8(0), 0...0), (128, 3...5), (255, 8...8)] {
      var image = PixelImage(size: PixelSize(width: 4, height: 8), format: .rgba32)
      image.withMutableBytes { bytes in for index in bytes.indices { bytes[index] = value } }
      var encoder = CellEncoder(pixelMode: .braille, colours: .direct24)
      encoder.setArea(CellRectangle(left: 0, top: 0, size: CellSize(columns: 2, rows: 2)))
      var screen = VirtualScreen(columns: 2, rows: 2)
      encoder.encode(image) { bytes, _ in screen.feed(bytes) }
      for cell in screen.cells.joined() {
        let bits = Int(cell.text.unicodeScalars.first?.value ?? 0) - 0x2800
        #expect(dots.contains(bits.nonzeroBitCount), "\(value): \(cell.text)")
      }
    }
  }

  @Test("labels stand over the picture, come and go, and leave the rest exact", arguments: [PixelMode.halfBlock, .quadrant, .ascii])
  func showsLabels(mode: PixelMode) {
    let seed = UInt64.random(in: 0...(.max))
    var random = RandomNumbers(seed: seed)
    let area = CellRectangle(left: 2, top: 1, size: CellSize(columns: 24, rows: 6))
    var encoder = CellEncoder(pixelMode: mode, colours: .direct24)
    encoder.setArea(area)
    var screen = VirtualScreen(columns: 30, rows: 8)
    for frame in 0..<12 {
      let image = CellEncoderTests.picture(mode.pixels(for: area.size), colours: 3, using: &random)
      let label = CellLabel(
        text: "car 0.9é", column: Int.random(in: -4...22, using: &random), row: Int.random(in: -1...6, using: &random), colour: Colour(255, 9, 7))
      let shown = frame % 3 == 2 ? [] : [label]
      let bytes = encoder.encode(image, labels: shown) { bytes, _ in Array(bytes) }
      screen.feed(Array("\u{1B}[m".utf8) + bytes)
      for row in 0..<area.size.rows {
        for column in 0..<area.size.columns {
          let cell = screen.cells[area.top + row][area.left + column]
          let index = column - label.column
          if !shown.isEmpty, row == label.row, (0..<8).contains(index) {
            #expect(cell.text == String(Array("car 0.9?")[index]), "seed \(seed) frame \(frame)")
            if cell.text != " " { #expect(cell.foreground == 0x1FF_0907, "seed \(seed) frame \(frame)") }
          } else if mode == .halfBlock {
            for half in 0..<2 {
              #expect(CellEncoderTests.halves(cell)[half] == CellEncoderTests.pixel(image, column, 2 * row + half), "seed \(seed) frame \(frame)")
            }
          }
        }
      }
    }
  }
}
