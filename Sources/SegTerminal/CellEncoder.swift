internal import CSegKernels
public import SegBase

/// Turns pictures into the fewest bytes that make a terminal show them, given what it shows already.
///
/// The encoder remembers the cells it has written. A frame costs bytes for the cells that differ; of the ways to write a row with half blocks and
/// their complements the cheapest is taken (a search over two alternatives a cell). Colours are exact with 24 bits and dithered otherwise.
/// Nothing is read from or written to a terminal here. Memory is allocated only when the area grows. One thread at a time.
public struct CellEncoder: ~Copyable {
  /// What is painted: mode and depth.
  public let pixelMode: PixelMode
  /// Colours the bytes use.
  public let colours: ColourDepth
  /// The cells of the area, whose upper left one is at (`left`, `top`) of the terminal, counted from 0.
  public private(set) var area = CellRectangle(left: 0, top: 0, size: CellSize(columns: 0, rows: 0))

  /// How far a channel of a shown colour may be from the picture's, 0...255; 0 shows pictures exactly. A few steps cannot be seen in a moving picture
  /// and save much of what noise costs on a slow line. Half blocks in 24 bits only.
  public var tolerance = 0

  private var shown: UnsafeMutablePointer<UInt64>
  private var next: UnsafeMutablePointer<UInt64>
  private var covered: UnsafeMutablePointer<UInt8>
  private var output: UnsafeMutablePointer<UInt8>
  private var capacity: Int

  /// Room for what is put before and after the cells of a picture, together.
  private static let frameBytes = 128

  /// Makes an encoder without an area. `pixelMode` is one that is offered; without colours it is `ascii` or `braille`.
  public init(pixelMode: PixelMode, colours: ColourDepth) {
    precondition(pixelMode.isOffered, "not a mode of cells")
    precondition(colours != .none || pixelMode == .ascii || pixelMode == .braille, "blocks need colours")
    self.pixelMode = pixelMode
    self.colours = colours
    capacity = 1
    shown = .allocate(capacity: 1)
    next = .allocate(capacity: 1)
    covered = .allocate(capacity: 1)
    output = .allocate(capacity: CellEncoder.frameBytes + seg_cells_capacity(1, 1))
  }

  deinit {
    shown.deallocate()
    next.deallocate()
    covered.deallocate()
    output.deallocate()
  }

  /// Puts the area somewhere else and forgets what is shown; nothing is covered then. At most 4,096 columns and rows are painted.
  public mutating func setArea(_ area: CellRectangle) {
    self.area = area
    self.area.size.columns = min(area.size.columns, 4096)
    self.area.size.rows = min(area.size.rows, 4096)
    let count = max(1, self.area.size.columns * self.area.size.rows)
    if count > capacity {
      shown.deallocate()
      next.deallocate()
      covered.deallocate()
      output.deallocate()
      capacity = count
      shown = .allocate(capacity: count)
      next = .allocate(capacity: count)
      covered = .allocate(capacity: count)
      output = .allocate(capacity: CellEncoder.frameBytes + seg_cells_capacity(Int32(self.area.size.columns), Int32(self.area.size.rows)))
    }
    covered.update(repeating: 0, count: count)
    forget()
  }

  /// Forgets what the terminal shows: the next picture is painted completely.
  public mutating func forget() {
    shown.update(repeating: UInt64.max, count: area.size.columns * area.size.rows)
  }

  /// Leaves the cells of these rectangles (in terminal coordinates) alone until the next call; what is no longer covered is painted anew.
  public mutating func cover(_ rectangles: [CellRectangle]) {
    covered.update(repeating: 0, count: area.size.columns * area.size.rows)
    for rectangle in rectangles {
      let part = rectangle.intersection(area)
      for row in 0..<part.size.rows {
        let first = (part.top - area.top + row) * area.size.columns + part.left - area.left
        (covered + first).update(repeating: 1, count: part.size.columns)
      }
    }
    // A covered cell shows something else now, whether or not a picture comes while it is covered.
    for index in 0..<(area.size.columns * area.size.rows) where covered[index] != 0 { shown[index] = UInt64.max }
  }

  /// Encodes a picture of RGBA pixels whose cells (`pixelMode.cells(for:)`) are those of the area.
  ///
  /// - Parameters:
  ///   - image: the picture.
  ///   - labels: texts over the picture, later ones on top of earlier ones.
  ///   - prefix: bytes to put before the cells.
  ///   - suffix: bytes to put after them; both together at most 128.
  ///   - body: called with all bytes and the number of cells they paint. Without any cell to paint there are no bytes at all.
  ///
  /// The cells' bytes assume SGR's default state and leave any; the cursor is left anywhere.
  public mutating func encode<Result>(
    _ image: borrowing PixelImage, labels: [CellLabel] = [], prefix: [UInt8] = [], suffix: [UInt8] = [], _ body: (UnsafeBufferPointer<UInt8>, Int) -> Result
  ) -> Result {
    precondition(image.format == .rgba32, "pictures are shown from RGBA")
    precondition(prefix.count + suffix.count <= CellEncoder.frameBytes, "too much around a picture")
    let size = image.size
    precondition(pixelMode.cells(for: size) == area.size, "the picture does not fit the area")
    if size.pixelCount == 0 { return body(UnsafeBufferPointer(start: output, count: 0), 0) }
    image.withBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      let pixels = UnsafeRawPointer(base).assumingMemoryBound(to: UInt32.self)
      let (width, height) = (Int32(size.width), Int32(size.height))
      switch pixelMode {
      case .quadrant: seg_cells_quadrant(pixels, width, height, next)
      case .sextant: seg_cells_sextant(pixels, width, height, next)
      case .braille: seg_cells_braille(pixels, width, height, next)
      case .ascii: seg_cells_ascii(pixels, width, height, next)
      default: seg_cells_half(pixels, width, height, next)
      }
    }
    let (columns, rows) = (Int32(area.size.columns), Int32(area.size.rows))
    if pixelMode == .halfBlock && colours == .direct24 { seg_cells_settle(next, shown, columns, rows, Int32(tolerance)) }
    for label in labels { write(label) }
    seg_cells_quantise(next, columns, rows, Int32(colours.rawValue))
    for (index, byte) in prefix.enumerated() { output[index] = byte }
    var changed = 0
    var count = prefix.count
    count += seg_cells_encode(
      next, shown, covered, columns, rows, Int32(area.left), Int32(area.top), Int32(colours.rawValue), output + count, &changed)
    if changed == 0 { return body(UnsafeBufferPointer(start: output, count: 0), 0) }
    for byte in suffix {
      output[count] = byte
      count += 1
    }
    return body(UnsafeBufferPointer(start: output, count: count), changed)
  }

  /// Puts a label's characters in the place of the picture's cells, as far as they lie in the area.
  private func write(_ label: CellLabel) {
    guard (0..<area.size.rows).contains(label.row) else { return }
    for (index, scalar) in label.text.unicodeScalars.enumerated() {
      let column = label.column + index
      if column < 0 { continue }
      if column >= area.size.columns { break }
      let code = (32..<127).contains(scalar.value) ? UInt64(scalar.value) : UInt64(UInt8(ascii: "?"))
      next[label.row * area.size.columns + column] = (UInt64(SEG_GLYPH_ASCII) + code) << 48 | label.colourWord
    }
  }
}
