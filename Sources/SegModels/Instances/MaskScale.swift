import CSegKernels
import SegBase

/// How masks of the prototypes' size are drawn at another: made once for a pair of sizes.
final class MaskScale {
  /// The size of the labels.
  let size: PixelSize
  private var scale = SegMaskScale()
  private let taps: UnsafeMutablePointer<SegTap>
  private let starts: UnsafeMutablePointer<Int32>
  private let scratch: UnsafeMutablePointer<Float>

  init(from source: PixelSize, to size: PixelSize) {
    self.size = size
    taps = .allocate(capacity: max(1, size.height + size.width))
    starts = .allocate(capacity: source.height + source.width + 2)
    let scratchCount = (source.width + MaskCrop.blockWidth - 1) / MaskCrop.blockWidth * MaskCrop.blockWidth + 2 * MaskCrop.blockWidth
    scratch = .allocate(capacity: scratchCount)
    let (columns, columnStarts) = (taps + size.height, starts + source.height + 1)
    seg_resize_taps(taps, Int32(size.height), Int32(source.height), 0)
    seg_resize_taps(columns, Int32(size.width), Int32(source.width), 0)
    Self.findStarts(taps, size.height, into: starts, source.height)
    Self.findStarts(columns, size.width, into: columnStarts, source.width)
    (scale.height, scale.width) = (Int32(source.height), Int32(source.width))
    (scale.out_height, scale.out_width) = (Int32(size.height), Int32(size.width))
    (scale.rows, scale.columns) = (UnsafePointer(taps), UnsafePointer(columns))
    (scale.row_starts, scale.column_starts) = (UnsafePointer(starts), UnsafePointer(columnStarts))
    scale.scratch = scratch
  }

  deinit {
    taps.deallocate()
    starts.deallocate()
    scratch.deallocate()
  }

  /// Writes `value` where the mask is; other labels stay.
  func paint(_ crop: SegMaskCrop, value: UInt8, into labels: UnsafeMutableBufferPointer<UInt8>) {
    precondition(labels.count == size.pixelCount, "labels of the size that was promised")
    if labels.isEmpty { return }
    withUnsafePointer(to: crop) { seg_paint_mask(&scale, $0, labels.baseAddress, value) }
  }

  /// For each source place, and the one behind the last, the first output place whose first tap is not before it.
  private static func findStarts(_ taps: UnsafePointer<SegTap>, _ count: Int, into starts: UnsafeMutablePointer<Int32>, _ sourceCount: Int) {
    var place = 0
    for source in 0...sourceCount {
      while place < count && taps[place].first < Int32(source) { place += 1 }
      starts[source] = Int32(place)
    }
  }
}
