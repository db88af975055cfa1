public import SegBase
public import SegOverlay
public import SegVideo

/// Draws a network's labels over frames at the video's own size. For one thread at a time.
public final class FrameAnnotator {
  private let scaler = FrameScaler()
  private var drawing = InstanceDrawing()
  private let size: PixelSize
  /// The newest picture: rgba32 at the annotator's size.
  public private(set) var picture = PixelImage(size: PixelSize(width: 1, height: 1), format: .rgba32)

  /// Makes an annotator of pictures of `size`, the video's display size; memory is allocated with the first frame and reused.
  public init(size: PixelSize) { self.size = size }

  /// Sets `picture` to `frame` with `labels` (gray8, any size) drawn over it in `style`: class indices, or with a scene the map of its instances.
  /// - Throws: when the frame's format cannot be converted.
  public func annotate(_ frame: borrowing VideoFrame, labels: borrowing PixelImage, scene: InstanceScene? = nil, style: OverlayStyle) throws(InputError) {
    try convert(frame)
    drawing.draw(on: &picture, labels: labels, scene: scene, style: style)
  }

  /// Sets `picture` to `frame` as it is.
  /// - Throws: when the frame's format cannot be converted.
  public func convert(_ frame: borrowing VideoFrame) throws(InputError) {
    try scaler.scale(frame, into: &picture, size: size, format: .rgba32, quality: .accurate)
  }
}
