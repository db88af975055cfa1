public import SegBase

/// The size a frame is resized to before it goes into a network.
///
/// - A size the user asked for is taken, each side rounded to the nearest multiple of the network's divisor.
/// - A frame with no more pixels than the network's native size keeps its size, each side rounded to the nearest multiple of the divisor:
///   what a data set was labelled at is evaluated at exactly that size.
/// - A larger frame is reduced to the native number of pixels with its proportions kept; the sides are multiples of 8, or of the divisor.
///
/// For a network with a remainder, multiples plus the remainder take the place of multiples.
public struct InputSizeRule: Sendable, Hashable {
  /// The size the network was made for.
  public var native: PixelSize
  /// Both sides are `remainder` more than multiples of this.
  public var divisor: Int
  /// See `divisor`; from 0 to below it.
  public var remainder: Int
  /// The size the user asked for.
  public var requested: PixelSize?

  /// Makes a rule.
  public init(native: PixelSize, divisor: Int, remainder: Int = 0, requested: PixelSize? = nil) {
    precondition(native.pixelCount > 0 && divisor > 0 && (0..<divisor).contains(remainder), "sizes are positive")
    (self.native, self.divisor, self.remainder, self.requested) = (native, divisor, remainder, requested)
  }

  /// The input size for frames of that size; each side at least 32.
  public func size(for frame: PixelSize) -> PixelSize {
    if let requested { return rounded(Double(requested.width), Double(requested.height), to: divisor) }
    guard frame.width > 0, frame.height > 0 else { return rounded(Double(native.width), Double(native.height), to: divisor) }
    if frame.pixelCount <= native.pixelCount { return rounded(Double(frame.width), Double(frame.height), to: divisor) }
    let ratio = (Double(native.pixelCount) / Double(frame.pixelCount)).squareRoot()
    let step = divisor.isMultiple(of: 8) ? divisor : 8 * divisor
    return rounded(Double(frame.width) * ratio, Double(frame.height) * ratio, to: step)
  }

  private func rounded(_ width: Double, _ height: Double, to step: Int) -> PixelSize {
    let smallest = (32 + divisor - 1) / divisor * divisor + remainder
    let side = { (length: Double) in max(smallest, Int(((length - Double(remainder)) / Double(step)).rounded()) * step + remainder) }
    return PixelSize(width: side(width), height: side(height))
  }
}
