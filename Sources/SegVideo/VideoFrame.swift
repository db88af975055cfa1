internal import CFFmpeg
public import SegBase

/// One decoded picture and its time. It holds the decoder's buffer until it is dropped.
///
/// A frame is move-only; it may be handed to another thread. Its pixels are read by `FrameScaler`.
public struct VideoFrame: ~Copyable, @unchecked Sendable {
  // Safe to send: the buffer is reference counted by atomics and nobody writes to it once it is decoded.

  let frame: UnsafeMutablePointer<AVFrame>
  let orientation: Orientation
  /// When the frame is first shown; the stream's first frame is at zero. Strictly increasing between two seeks.
  public internal(set) var presentationTime: MediaTime
  /// How long the frame is shown, as the container says; nil when it does not.
  public let duration: MediaTime?
  /// How many frames come before this one: counted from the start or, after a seek in a video, worked out from its time and the average rate.
  public internal(set) var index: Int
  /// Whether the frame was coded without reference to others.
  public let isKeyframe: Bool
  /// What the frame's motion vectors refer to.
  let references: ReferenceDistances

  /// Takes ownership of `frame`.
  init(
    frame: UnsafeMutablePointer<AVFrame>, orientation: Orientation, presentationTime: MediaTime, duration: MediaTime?, index: Int,
    references: ReferenceDistances = ReferenceDistances()
  ) {
    self.frame = frame
    self.orientation = orientation
    self.presentationTime = presentationTime
    self.duration = duration
    self.index = index
    self.references = references
    isKeyframe = seg_frame_is_key(frame) != 0
  }

  deinit {
    var pointer: UnsafeMutablePointer<AVFrame>? = frame
    av_frame_free(&pointer)
  }

  /// Size in pixels after rotation; pixels need not be square (see `MediaInformation.displaySize`).
  public var size: PixelSize { orientation.applied(to: PixelSize(width: Int(frame.pointee.width), height: Int(frame.pointee.height))) }

  /// A second owner of the same picture, without copying pixels.
  public borrowing func reference() -> VideoFrame {
    guard let clone = av_frame_clone(frame) else { fatalError("out of memory") }
    return VideoFrame(frame: clone, orientation: orientation, presentationTime: presentationTime, duration: duration, index: index, references: references)
  }
}
