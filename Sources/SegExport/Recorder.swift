public import SegBase
public import SegOverlay
public import SegVideo

/// Records the annotated frames of a running playback into a video file, at the video's own size and times.
///
/// It never makes the playback wait: a frame that comes while the encoder is behind is left out and counted. For one thread.
public final class Recorder {
  /// The file that appears when the recording is finished.
  public let path: String
  /// Frames handed to the encoder.
  public private(set) var frames = 0
  /// Frames left out because the encoder was behind.
  public private(set) var dropped = 0
  private let annotator: FrameAnnotator
  private let writing: WritingThread
  private var first: MediaTime?
  private var last = MediaTime.zero
  private var isFinished = false

  /// Starts a recording to `path`, an MP4 file.
  /// - Throws: when the file cannot be made.
  public init(path: String, information: MediaInformation) throws(InputError) {
    self.path = path
    annotator = FrameAnnotator(size: information.displaySize)
    writing = WritingThread(try VideoFrameWriter(path: path, information: information))
  }

  /// Adds a frame with its labels as they are shown. A frame from before the last one, after a seek back, is left out.
  /// - Throws: when the encoder failed before.
  public func append(
    _ frame: borrowing VideoFrame, labels: borrowing PixelImage, scene: InstanceScene? = nil, isAnnotated: Bool, style: OverlayStyle
  ) throws(InputError) {
    let start = first ?? frame.presentationTime
    let time = frame.presentationTime - start
    if first != nil && time <= last { return }
    if isAnnotated { try annotator.annotate(frame, labels: labels, scene: scene, style: style) } else { try annotator.convert(frame) }
    if try writing.tryAppend(annotator.picture, index: frames, presentationTime: time, duration: frame.duration) {
      first = start
      last = time
      frames += 1
    } else {
      dropped += 1
    }
  }

  /// Completes the file.
  /// - Throws: when nothing was recorded or the file could not be written.
  public func finish() throws(InputError) {
    if isFinished { return }
    isFinished = true
    if frames == 0 {
      writing.abandon()
      throw InputError("nothing was recorded", subject: path)
    }
    _ = try writing.finish()
  }

  deinit { if !isFinished { writing.abandon() } }
}
