public import SegBase

/// How a terminal shows a picture: with which characters, or as pixel graphics.
public enum PixelMode: String, CaseIterable, Sendable {
  /// `▀`: two pixels a cell, one above the other, in exact colours.
  case halfBlock = "half"
  /// `▚` and its kin: 2 x 2 pixels in two colours a cell.
  case quadrant
  /// Sextants of Unicode 13: 2 x 3 pixels in two colours a cell. Needs a recent font.
  case sextant
  /// Braille dots: 2 x 4 pixels in one colour a cell, on the terminal's own background.
  case braille
  /// A letter a cell, chosen by brightness; the only mode that needs neither colour nor Unicode.
  case ascii
  /// DEC sixel graphics; not offered yet.
  case sixel
  /// Kitty's graphics protocol; not offered yet.
  case kitty

  /// Whether `TerminalScreen` can show it.
  public var isOffered: Bool { self != .sixel && self != .kitty }

  /// Pixels that a cell shows.
  public var pixelsPerCell: PixelSize {
    switch self {
    case .halfBlock: PixelSize(width: 1, height: 2)
    case .quadrant: PixelSize(width: 2, height: 2)
    case .sextant: PixelSize(width: 2, height: 3)
    case .braille: PixelSize(width: 2, height: 4)
    case .ascii: PixelSize(width: 1, height: 1)
    case .sixel, .kitty: PixelSize(width: 8, height: 16)
    }
  }

  /// The picture size that fills `cells` completely.
  public func pixels(for cells: CellSize) -> PixelSize {
    PixelSize(width: cells.columns * pixelsPerCell.width, height: cells.rows * pixelsPerCell.height)
  }

  /// The cells a picture of `pixels` takes; cells at its right and lower edge may be filled in part.
  public func cells(for pixels: PixelSize) -> CellSize {
    let (width, height) = (pixelsPerCell.width, pixelsPerCell.height)
    return CellSize(columns: (pixels.width + width - 1) / width, rows: (pixels.height + height - 1) / height)
  }

  /// The width of a shown pixel divided by its height. `cellAspect` is that of a cell: 0.5 in most fonts.
  public func pixelAspect(cellAspect: Double = 0.5) -> Double {
    cellAspect * Double(pixelsPerCell.height) / Double(pixelsPerCell.width)
  }
}
