internal import CSegKernels
public import SegBase

/// Cheap signs of how much the picture changed, and whether the video was cut there. One thread at a time; nothing is allocated while the size stays the same.
public final class SceneCut {
  /// How far two consecutive pictures differ.
  public struct Change: Sendable, Hashable {
    /// Share of pixels whose grey value would have to move to another of 64 bins: 0 (equal histograms) to 1 (nothing in common).
    public var histogramDistance: Float
    /// Mean absolute difference of the means of 16 x 16 pixels, in grey values 0 to 255.
    public var meanDifference: Float
    /// Whether both say that another scene begins.
    public var isCut: Bool
  }

  /// The least histogram distance of a cut.
  public static let histogramThreshold: Float = 0.25
  /// The least mean difference of a cut.
  public static let differenceThreshold: Float = 18

  private static let bins = 64

  private var size = PixelSize(width: 0, height: 0)
  private var side = 16
  private var means = FloatStorage()
  private var previousMeans = FloatStorage()
  private var histogram = [Float](repeating: 0, count: bins)
  private var previousHistogram = [Float](repeating: 0, count: bins)
  private var hasPrevious = false

  /// Makes one that has seen no picture.
  public init() {}

  /// Forgets the last picture, after a seek.
  public func restart() { hasPrevious = false }

  /// Compares a `gray8` picture with the one before; nil for the first one and after a change of size.
  public func observe(_ picture: borrowing PixelImage) -> Change? {
    precondition(picture.format == .gray8 && picture.size.pixelCount > 0, "a grey picture")
    if picture.size != size {
      (size, hasPrevious) = (picture.size, false)
      // Pictures with fewer than 16 pixels on a side have smaller squares.
      side = min(16, size.width, size.height)
      means.reserve(size.pixelCount / (side * side))
      previousMeans.reserve(size.pixelCount / (side * side))
    }
    swap(&means, &previousMeans)
    swap(&histogram, &previousHistogram)
    measure(picture)
    defer { hasPrevious = true }
    if !hasPrevious { return nil }
    var overlap: Float = 0
    for bin in 0..<SceneCut.bins { overlap += min(histogram[bin], previousHistogram[bin]) }
    let count = size.width / side * (size.height / side)
    var difference: Float = 0
    for index in 0..<count { difference += abs(means.start[index] - previousMeans.start[index]) }
    let distance = max(0, 1 - overlap)
    difference /= Float(count)
    return Change(
      histogramDistance: distance, meanDifference: difference,
      isCut: distance >= SceneCut.histogramThreshold && difference >= SceneCut.differenceThreshold)
  }

  private func measure(_ picture: borrowing PixelImage) {
    picture.withBytes { bytes in
      seg_luma_means(bytes.baseAddress, Int32(size.width), Int32(size.height), Int32(side), means.start)
      withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 256) { counts in
        counts.initialize(repeating: 0)
        seg_overlay_count(bytes.baseAddress, bytes.count, counts.baseAddress)
        let scale = 1 / Float(bytes.count)
        for bin in 0..<SceneCut.bins {
          histogram[bin] = Float(counts[4 * bin] + counts[4 * bin + 1] + counts[4 * bin + 2] + counts[4 * bin + 3]) * scale
        }
      }
    }
  }
}
