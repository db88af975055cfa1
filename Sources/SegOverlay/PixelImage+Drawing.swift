import SegBase

extension PixelImage {
  /// Blends a rectangle of an RGBA picture with a colour of which `share` 128ths are in the result; what lies outside the picture is left out. Alpha stays.
  mutating func fill(x: Int, y: Int, width: Int, height: Int, colour: Colour, share: Int) {
    precondition(format == .rgba32 && (0...128).contains(share), "colours are blended in RGBA")
    let (columns, rows) = ((max(0, x), min(size.width, x + width)), (max(0, y), min(size.height, y + height)))
    guard columns.0 < columns.1, rows.0 < rows.1 else { return }
    let rowBytes = bytesPerRow
    withMutableBytes { bytes in
      for row in rows.0..<rows.1 {
        for place in stride(from: row * rowBytes + columns.0 * 4, to: row * rowBytes + columns.1 * 4, by: 4) {
          bytes[place] = Self.blend(bytes[place], colour.red, share)
          bytes[place + 1] = Self.blend(bytes[place + 1], colour.green, share)
          bytes[place + 2] = Self.blend(bytes[place + 2], colour.blue, share)
        }
      }
    }
  }

  /// Draws the outline of a rectangle, one pixel wide, whose last column and row are `right` and `bottom`.
  mutating func outline(left: Int, top: Int, right: Int, bottom: Int, colour: Colour) {
    let (width, height) = (right - left + 1, bottom - top + 1)
    fill(x: left, y: top, width: width, height: 1, colour: colour, share: 128)
    if bottom > top { fill(x: left, y: bottom, width: width, height: 1, colour: colour, share: 128) }
    fill(x: left, y: top + 1, width: 1, height: height - 2, colour: colour, share: 128)
    if right > left { fill(x: right, y: top + 1, width: 1, height: height - 2, colour: colour, share: 128) }
  }

  private static func blend(_ under: UInt8, _ over: UInt8, _ share: Int) -> UInt8 { UInt8((Int(under) * (128 - share) + Int(over) * share + 64) / 128) }
}
