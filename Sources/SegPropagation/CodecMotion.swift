public import SegBase

/// What a codec says of the motion from the frame before to a frame.
public struct CodecMotion: Sendable, Hashable {
  /// The blocks that the encoder took from other pictures; none where it coded the whole frame anew or the codec tells of none.
  public var vectors: [MotionVector]
  /// Size of the frame whose pixels the vectors are measured in.
  public var frameSize: PixelSize

  /// Makes the motion of a frame of that size.
  public init(vectors: [MotionVector], frameSize: PixelSize) { (self.vectors, self.frameSize) = (vectors, frameSize) }
}
