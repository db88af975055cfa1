import SegBase
import SegTestSupport

/// A picture of soft blobs, unlike noise in that networks see the same at many places.
func blobPicture(_ size: PixelSize, seed: UInt64) -> PixelImage {
  var image = PixelImage(size: size, format: .rgb24)
  var random = RandomNumbers(seed: seed)
  let tiles = (0..<3 * 64).map { _ in UInt8.random(in: 0...255, using: &random) }
  image.withMutableBytes { bytes in
    for index in bytes.indices {
      let (x, y) = (index / 3 % size.width, index / 3 / size.width)
      bytes[index] = tiles[(y / 9 % 8 * 8 + x / 9 % 8) * 3 + index % 3] &+ UInt8((x * y) % 7)
    }
  }
  return image
}
