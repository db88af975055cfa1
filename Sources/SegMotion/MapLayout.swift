internal import CSegKernels
public import SegBase

/// How a channels-last float map lies in memory: rows, then pixels, then channels.
public struct MapLayout: Sendable, Hashable {
  /// Width and height in pixels.
  public var size: PixelSize
  /// Channels of each pixel.
  public var channels: Int
  /// Elements from one pixel to the next, at least `channels`.
  public var pixelStride: Int

  /// A map of `channels` at every pixel; `pixelStride` is `channels` unless given.
  public init(size: PixelSize, channels: Int, pixelStride: Int? = nil) {
    precondition(channels >= 0 && (pixelStride ?? channels) >= channels, "pixels do not overlap")
    (self.size, self.channels, self.pixelStride) = (size, channels, pixelStride ?? channels)
  }

  /// Elements from the first to the last.
  public var elementCount: Int { size.pixelCount == 0 ? 0 : (size.pixelCount - 1) * pixelStride + channels }

  func map(_ data: UnsafeMutablePointer<Float>?) -> SegMap {
    SegMap(data: data, height: Int32(size.height), width: Int32(size.width), channels: Int32(channels), pixel_stride: Int32(pixelStride))
  }
}
