import SegBase
import SegPropagation

/// Which frame masks belong to.
struct MaskSource: Sendable {
  /// Presentation time.
  var time: MediaTime
  /// The number of the frame in the video.
  var index: Int
  /// The seek it belongs to.
  var generation: Int
  /// Which model worked on it.
  var modelNumber: Int
}

/// A frame on its way to the masks.
struct MaskInput {
  /// Which frame it is.
  var source: MaskSource
  /// Seconds until the next frame.
  var duration: Double
  /// Whether it does not follow the frame before.
  var isDiscontinuity: Bool
  /// Frames of the video between the frame before and this one, which nobody had time for.
  var missing = 0
  /// The size at which masks of instances are wanted; nil: that of the picture.
  var shown: PixelSize?
  /// What its codec says of the motion from the frame before, where that is the one that came before.
  var codec: CodecMotion?
  /// Whether nothing follows it for a while.
  var waits: Bool
}
