public import SegBase

/// Makes labels of a video's frames, which come in order and may be waited for. One thread at a time.
public protocol LabelSequence: AnyObject {
  /// Frames that may be waiting for their labels at most, the newest included.
  var largestDelay: Int { get }

  /// The instances of the frame that is being delivered, where the network finds instances: its labels are then an index map, 0 for none and k for
  /// `instances[k - 1]`. Empty where the network gives every pixel a class.
  var instances: [DetectedInstance] { get }

  /// The size at which masks of instances are wanted from the next pass of the network on; nil: that of the picture. Without meaning where the network gives
  /// every pixel a class.
  var shown: PixelSize? { get set }

  /// The size frames of that size must be resized to.
  func inputSize(for frame: PixelSize) -> PixelSize

  /// Works on the next frame and calls `deliver`, in order, for every frame that is done with it, with its labels: one class index a pixel.
  ///
  /// - Parameters:
  ///   - picture: RGB of a size `inputSize(for:)` gave.
  ///   - time: its presentation time.
  ///   - duration: seconds until the next frame; 0 where they are not known.
  ///   - isDiscontinuity: whether it does not follow the frame before: a seek. Another size is one by itself.
  ///   - codec: what its codec says of the motion from the frame before; used where the flow is taken from the codec.
  /// - Throws: when the size does not suit the network, and what `deliver` throws.
  func process(
    _ picture: borrowing PixelImage, at time: MediaTime, duration: Double, isDiscontinuity: Bool, codec: CodecMotion?,
    deliver: (FrameResult, borrowing PixelImage) throws(InputError) -> Void
  ) throws(InputError)

  /// Delivers the frames that still wait: after the last one.
  func finish(deliver: (FrameResult, borrowing PixelImage) throws(InputError) -> Void) throws(InputError)
}

extension LabelSequence {
  /// No instances: the network gives every pixel a class.
  public var instances: [DetectedInstance] { [] }

  /// No masks of instances, so no size.
  public var shown: PixelSize? {
    get { nil }
    set {}
  }
}

extension LabelSequence {
  /// One: a frame waits for no other.
  public var largestDelay: Int { 1 }

  /// Nothing: no frame waits.
  public func finish(deliver: (FrameResult, borrowing PixelImage) throws(InputError) -> Void) throws(InputError) {}
}
