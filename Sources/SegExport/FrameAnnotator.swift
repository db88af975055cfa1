public import SegBase
public import SegOverlay
public import SegVideo

/// Draws a network's labels over frames at the video's own size. For one thread at a time.
public final class FrameAnnotator {
  private let scaler = FrameScaler()
  private var overlay = Overlay()
  private let size: PixelSize
  /// The newest picture: rgba32 at the annotator's size.
  public private(set) var picture = PixelImage(size: PixelSize(width: 1, height: 1), format: .rgba32)

  /// Makes an annotator of pictures of `size`, the video's display size; memory is allocated with the first frame and reused.
  public init(size: PixelSize) { self.size = size }

  /// Sets `picture` to `frame` with `labels` (gray8, any size; nil: none) drawn over it in `style`.
  /// - Throws: when the frame's format cannot be converted.
  public func annotate(_ frame: borrowing VideoFrame, labels: borrowing PixelImage, style: OverlayStyle) throws(InputError) {
    try convert(frame)
    overlay.compose(frame: &picture, labels: labels, style: style)
  }

  /// Sets `picture` to `frame` as it is.
  /// - Throws: when the frame's format cannot be converted.
  public func convert(_ frame: borrowing VideoFrame) throws(InputError) {
    try scaler.scale(frame, into: &picture, size: size, format: .rgba32, quality: .accurate)
  }
}
