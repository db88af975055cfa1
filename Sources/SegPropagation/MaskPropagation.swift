public import SegBase
internal import SegGraph
internal import SegMotion

/// Carries a given mask of an object on from frame to frame along the flow, without a network. One thread at a time.
public final class MaskPropagation {
  /// The object on the newest frame: gray8 of the given mask's size, 1 inside and 0 outside.
  public private(set) var mask = PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)

  private let motion: FrameMotion
  private let blender = ScoreBlender(threads: 1)
  /// The given mask as scores of outside and inside.
  private var given = ScoreMap()
  /// The flow from the newest frame to that of the given mask; as long as there is none, the mask stays where it is.
  private var flow = FlowField(size: PixelSize(width: 1, height: 1))
  private var spareFlow = FlowField(size: PixelSize(width: 1, height: 1))
  private var frames = 0

  /// Makes one that knows no mask.
  public init(flow source: FlowSource) { motion = FrameMotion(source: source) }

  /// Takes the next frame together with its mask (gray8; inside from 128 on).
  public func give(_ mask: borrowing PixelImage, on picture: borrowing PixelImage) {
    precondition(mask.format == .gray8, "one byte a pixel")
    motion.advance(to: picture)
    given.reshape(to: FeatureShape(height: mask.size.height, width: mask.size.width, channels: 2))
    given.withMutableScores { scores in
      mask.withBytes { bytes in
        for index in 0..<bytes.count { (scores[2 * index], scores[2 * index + 1]) = (0.5, bytes[index] < 128 ? 0 : 1) }
      }
    }
    blender.label(&given, ignoring: nil, into: &self.mask)
    frames = 0
  }

  /// Takes the next frame (of the size of the one before) and what its codec says of its motion, and brings the mask to it; one must have been given.
  public func advance(to picture: borrowing PixelImage, codec: CodecMotion? = nil) {
    precondition(given.shape.count > 0, "a mask comes first")
    motion.advance(to: picture, codec: codec)
    if motion.source == .none { return }
    motion.needBackward()
    if frames == 0 || flow.size != motion.size {
      flow.copyVectors(of: motion.backward)
    } else {
      flow.prepend(motion.backward, scratch: &spareFlow)
    }
    frames += 1
    blender.label(given, along: flow, ignoring: nil, into: &mask)
  }
}
