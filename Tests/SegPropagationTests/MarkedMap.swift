import SegBase

/// A map of instances with one in it: 1 in rows `rows` and columns `columns`, 0 elsewhere.
func markedMap(_ size: PixelSize, rows: Range<Int>, columns: Range<Int>) -> PixelImage {
  var map = PixelImage(size: size, format: .gray8)
  map.withMutableBytes { bytes in
    bytes.update(repeating: 0)
    for y in rows { for x in columns { bytes[y * size.width + x] = 1 } }
  }
  return map
}
