internal import CFFmpeg
public import SegBase

/// How much care is taken with colours and edges when a frame is converted.
public enum ScalingQuality: Sendable, Hashable {
  /// For showing: the cheapest filter that looks good.
  case fast
  /// For networks and export: full chroma interpolation and exact rounding.
  case accurate
}

/// Converts decoded frames to RGB pictures of any size, upright and with the right colours. One thread at a time.
///
/// It keeps what it prepared for the last few kinds of conversion, so one scaler can serve several sizes.
public final class FrameScaler {
  private var conversions: [ScaleConversion] = []
  private var turned = PixelImage(size: PixelSize(width: 0, height: 0), format: .rgba32)

  /// How many kinds of conversion are kept ready.
  private static let capacity = 4

  /// Makes a scaler with nothing prepared.
  public init() { MediaLog.install() }

  /// Converts `frame` into `image`, which gets the given size and format; alpha is 255 everywhere, and `gray8` is full-range luma.
  ///
  /// Rotation that the video asks for is applied; `size` is that of the upright picture, at least 1x1, and need not keep the proportions.
  /// Throws when the frame's pixel format cannot be converted.
  public func scale(
    _ frame: borrowing VideoFrame, into image: inout PixelImage, size: PixelSize, format: PixelFormat, quality: ScalingQuality
  ) throws(InputError) {
    precondition(size.width > 0 && size.height > 0, "a picture has at least one pixel")
    image.reshape(to: size, format: format)
    if frame.orientation.isUpright {
      try convert(frame.frame, into: &image, quality)
      return
    }
    let stored = frame.orientation.applied(to: size)
    turned.reshape(to: stored, format: format)
    try convertTurned(frame.frame, quality)
    let orientation = frame.orientation
    let components = format.bytesPerPixel
    turned.withBytes { source in
      image.withMutableBytes { target in
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        if components == 4 {
          from.withMemoryRebound(to: UInt32.self, capacity: source.count / 4) { words in
            to.withMemoryRebound(to: UInt32.self, capacity: target.count / 4) { output in
              orientation.apply(words, sourceStride: stored.width, storedSize: stored, into: output, components: 1)
            }
          }
        } else {
          orientation.apply(from, sourceStride: stored.width * components, storedSize: stored, into: to, components: components)
        }
      }
    }
  }

  private func convertTurned(_ frame: UnsafeMutablePointer<AVFrame>, _ quality: ScalingQuality) throws(InputError) {
    var image = PixelImage(size: PixelSize(width: 0, height: 0), format: .rgba32)
    swap(&image, &turned)
    defer { swap(&image, &turned) }
    try convert(frame, into: &image, quality)
  }

  private func convert(_ frame: UnsafeMutablePointer<AVFrame>, into image: inout PixelImage, _ quality: ScalingQuality) throws(InputError) {
    let kind = ScaleConversion.Kind(frame, size: image.size, format: image.format, quality: quality)
    let position: Int
    if let found = conversions.firstIndex(where: { $0.kind == kind }) {
      position = found
    } else {
      if conversions.count == FrameScaler.capacity { conversions.removeFirst() }
      conversions.append(try ScaleConversion(kind))
      position = conversions.count - 1
    }
    conversions[position].run(frame, into: &image)
  }
}
