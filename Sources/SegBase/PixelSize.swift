/// The size of a picture in pixels: width along a row, height in rows. Both are at least 0.
public struct PixelSize: Hashable, Sendable, CustomStringConvertible {
  /// Pixels in a row.
  public var width: Int
  /// Rows.
  public var height: Int

  /// Makes a size of `width` x `height` pixels.
  public init(width: Int, height: Int) {
    precondition(width >= 0 && height >= 0, "negative picture size")
    self.width = width
    self.height = height
  }

  /// Width times height.
  public var pixelCount: Int { width * height }

  /// "640x360".
  public var description: String { "\(width)x\(height)" }

  /// The largest size with this size's proportions that fits in `bounds`; each side is at least 1.
  ///
  /// `pixelAspect` is the width of one pixel of `bounds` divided by its height (1 for square pixels).
  public func fitting(in bounds: PixelSize, pixelAspect: Double = 1) -> PixelSize {
    guard width > 0, height > 0 else { return PixelSize(width: max(1, bounds.width), height: max(1, bounds.height)) }
    let proportion = Double(width) / Double(height) / pixelAspect
    let byWidth = Double(bounds.width)
    let byHeight = Double(bounds.height) * proportion
    let fittedWidth = min(byWidth, byHeight)
    return PixelSize(
      width: max(1, min(bounds.width, Int(fittedWidth.rounded()))),
      height: max(1, min(bounds.height, Int((fittedWidth / proportion).rounded()))))
  }
}
