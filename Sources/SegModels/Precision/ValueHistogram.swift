import CSegKernels
import SegGraph

/// How often numbers of each size occur in a map, apart for those below and above zero. Takes the same memory whatever is added.
///
/// Bins are as wide as the first numbers need, and twice as wide whenever greater ones come.
struct ValueHistogram: Sendable {
  /// Bins on each side of zero.
  static let binCount = 2048

  /// Width of a bin; 0 before there was a number other than zero.
  private(set) var binWidth: Float = 0
  /// Counts by distance from zero, the nearest bin first.
  private(set) var below, above: [UInt64]
  /// How many numbers were zero.
  private(set) var zeroCount: UInt64 = 0
  /// The least and greatest number so far; 0 counts as one of them.
  private(set) var lowest: Float = 0, highest: Float = 0

  /// The narrowest bin, so that its inverse is finite.
  private static let leastWidth: Float = 1e-30

  /// Makes an empty histogram.
  init() { (below, above) = ([UInt64](repeating: 0, count: Self.binCount), [UInt64](repeating: 0, count: Self.binCount)) }

  /// Counts numbers; those that are not finite are passed over.
  mutating func add(_ values: UnsafeBufferPointer<Float>) {
    guard let start = values.baseAddress else { return }
    seg_extremes(start, values.count, &lowest, &highest)
    widen(to: max(-lowest, highest))
    // With nothing but zeros so far any width will do.
    let inverse = binWidth > 0 ? 1 / binWidth : 1
    below.withUnsafeMutableBufferPointer { below in
      above.withUnsafeMutableBufferPointer { above in
        seg_histogram(start, values.count, inverse, Int32(Self.binCount), below.baseAddress, above.baseAddress, &zeroCount)
      }
    }
  }

  /// The range of all numbers so far.
  var range: ValueRange { ValueRange(lowest: lowest, highest: highest) }

  /// Makes the bins wide enough for numbers as far from zero as `greatest`.
  private mutating func widen(to greatest: Float) {
    if greatest == 0 { return }
    if binWidth == 0 { binWidth = max(greatest / Float(Self.binCount), Self.leastWidth) }
    while binWidth * Float(Self.binCount) < greatest {
      binWidth *= 2
      Self.joinPairs(&below)
      Self.joinPairs(&above)
    }
  }

  private static func joinPairs(_ counts: inout [UInt64]) {
    let half = counts.count / 2
    for bin in 0..<half { counts[bin] = counts[2 * bin] + counts[2 * bin + 1] }
    for bin in half..<counts.count { counts[bin] = 0 }
  }
}
