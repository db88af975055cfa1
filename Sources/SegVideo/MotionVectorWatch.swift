internal import CFFmpeg

/// Notices a video whose codec tells of no motion vectors: one of single pictures, a codec without them, a decoder in hardware.
public struct MotionVectorWatch: Sendable {
  /// Frames in a row without vectors from which on a video counts as one without.
  private static let patience = 5

  private var missing = 0
  private var isDone = false

  /// What to say of a video without vectors.
  public static let notice = "the codec tells of no motion vectors: the flow is searched in the pictures"

  /// Makes one that has seen no frame.
  public init() {}

  /// Takes the next frame; true once, when it is clear that there are no vectors.
  public mutating func take(_ frame: borrowing VideoFrame) -> Bool {
    if isDone { return false }
    missing += 1
    isDone = frame.hasMotionVectors || missing == Self.patience
    return isDone && !frame.hasMotionVectors
  }
}

extension VideoFrame {
  /// Whether it has motion vectors; see `motionVectors`.
  public var hasMotionVectors: Bool {
    var count = 0
    return seg_frame_motion_vectors(frame, &count) != nil && count > 0
  }
}
