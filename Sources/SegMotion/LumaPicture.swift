internal import CSegKernels
public import SegBase

/// Makes the small grey pictures that motion is estimated on. Keeps its tables; nothing is allocated while sizes stay the same. One thread at a time.
///
/// Decoded video frames need none of this: SegVideo's scaler gives `gray8` of any size, which is the full-range luma.
public final class LumaPicture {
  /// Width that pictures are brought to: wide enough for flow that helps segmentation, small enough for every frame.
  public static let defaultWidth = 480

  /// The size at which motion of pictures of `size` is estimated: at most `width` wide, in proportion, never enlarged.
  public static func size(for size: PixelSize, width: Int = defaultWidth) -> PixelSize {
    precondition(size.width > 0 && size.height > 0 && width > 0, "sizes above zero")
    if size.width <= width { return size }
    return PixelSize(width: width, height: max(1, (size.height * width + size.width / 2) / size.width))
  }

  private var source = PixelSize(width: 0, height: 0)
  private var target = PixelSize(width: 0, height: 0)
  private var rows: [SegSpan] = []
  private var columns: [SegSpan] = []
  private var sums = FloatStorage()

  /// Makes one with nothing prepared.
  public init() {}

  /// Makes `grey` the luma (BT.601, full range) of `picture` at `size`, each pixel the mean of the area that it covers. `size` is not larger than the picture.
  public func make(from picture: borrowing PixelImage, size: PixelSize, into grey: inout PixelImage) {
    precondition(size.width > 0 && size.height > 0, "a picture has at least one pixel")
    precondition(size.width <= picture.size.width && size.height <= picture.size.height, "pictures are never enlarged")
    grey.reshape(to: size, format: .gray8)
    if size == picture.size {
      let step = Int32(picture.format.bytesPerPixel)
      picture.withBytes { bytes in grey.withMutableBytes { seg_luma_convert(bytes.baseAddress, step, $0.baseAddress, $0.count) } }
      return
    }
    prepare(picture.size, size)
    let (bytesPerPixel, width) = (picture.format.bytesPerPixel, picture.size.width)
    let scale = Float(size.pixelCount) / Float(picture.size.pixelCount)
    picture.withBytes { bytes in
      grey.withMutableBytes { output in
        guard let first = bytes.baseAddress, let out = output.baseAddress else { return }
        for row in rows.indices {
          let span = rows[row]
          sums.start.update(repeating: 0, count: width)
          for place in 0..<span.count {
            let weight = place == 0 ? span.first_weight : place == span.count - 1 ? span.last_weight : 1
            let line = first + Int(span.first + place) * width * bytesPerPixel
            seg_luma_add(line, Int32(bytesPerPixel), weight, sums.start, Int32(width))
          }
          columns.withUnsafeBufferPointer { seg_luma_gather(sums.start, $0.baseAddress, scale, out + row * size.width, Int32(size.width)) }
        }
      }
    }
  }

  private func prepare(_ source: PixelSize, _ target: PixelSize) {
    if source == self.source && target == self.target { return }
    (self.source, self.target) = (source, target)
    rows = LumaPicture.spans(target.height, of: source.height)
    columns = LumaPicture.spans(target.width, of: source.width)
    sums.reserve(source.width)
  }

  /// The part of `length` source pixels that each of `count` equal parts covers.
  private static func spans(_ count: Int, of length: Int) -> [SegSpan] {
    (0..<count).map { index in
      // In units of 1 / count of a source pixel, all are whole numbers.
      let (begin, end) = (index * length, (index + 1) * length)
      let (first, last) = (begin / count, (end - 1) / count)
      let firstEnd = min(end, (first + 1) * count)
      return SegSpan(
        first: Int32(first), count: Int32(last - first + 1), first_weight: Float(firstEnd - begin) / Float(count),
        last_weight: Float(end - last * count) / Float(count))
    }
  }
}
