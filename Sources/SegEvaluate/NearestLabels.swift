internal import SegBase

extension PixelImage {
  /// Becomes `map` resized to `size` by taking the nearest pixel of each centre; both are gray8.
  mutating func setNearest(_ map: borrowing PixelImage, size: PixelSize) {
    reshape(to: size, format: .gray8)
    let from = map.size
    let columns = (0..<size.width).map { ($0 * 2 + 1) * from.width / (2 * size.width) }
    withMutableBytes { target in
      map.withBytes { source in
        for row in 0..<size.height {
          let base = (row * 2 + 1) * from.height / (2 * size.height) * from.width
          for column in 0..<size.width { target[row * size.width + column] = source[base + columns[column]] }
        }
      }
    }
  }
}
