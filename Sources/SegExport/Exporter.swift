public import SegBase
public import SegModels
public import SegOverlay
public import SegPropagation
public import SegSchedule
internal import SegVideo

/// Writes a video's frames with a network's labels drawn over them; none is dropped; every frame gets a pass of the network or what a
/// schedule gives it.
///
/// Three threads work side by side: decoding, the network with the drawing (the calling thread), and writing.
public struct Exporter: Sendable {
  /// The video, as `VideoSource` names it.
  public var location: String
  /// The network; nil writes the frames as they are.
  public var model: LoadedModel?
  /// How labels are drawn.
  public var style: OverlayStyle
  /// What is drawn of instances.
  public var instanceOptions = InstanceDrawing.Options(colouring: .byTrack)
  /// The file or folder to write.
  public var output: String
  /// What to write.
  public var format: ExportFormat
  /// Where to start; nil at the first frame.
  public var start: MediaTime?
  /// Frames to write at most; nil for all.
  public var frameLimit: Int?
  /// Threads the network may use.
  public var threads: Int
  /// Which frames get a full pass; nil: each, by itself. Its threads are those above.
  public var schedule: SequenceSettings?
  /// Called for each frame of a schedule, on the thread that runs the export.
  public var record: @Sendable (RecordedFrame) throws(InputError) -> Void = { _ in }
  /// Called with what the user should know though the work goes on, on the thread that runs the export.
  public var notify: @Sendable (String) -> Void = { _ in }

  /// Makes an export of a whole video.
  public init(location: String, model: LoadedModel?, style: OverlayStyle, output: String, format: ExportFormat, threads: Int = 1) {
    self.location = location
    self.model = model
    self.style = style
    self.output = output
    self.format = format
    self.threads = threads
  }

  /// What an export wrote.
  public struct Summary: Sendable {
    /// Frames written.
    public var frames: Int
    /// Damaged packets of the source that were passed over.
    public var corruptPackets: Int
    /// Mean time of the network on a frame in milliseconds; 0 without a network.
    public var millisecondsPerFrame: Double
  }

  private static let queueCapacity = 3

  private enum Decoded: ~Copyable, Sendable {
    case frame(VideoFrame)
    case failure(InputError)
  }

  /// Runs the export. `progress` is called on the calling thread after each frame with the frames done and, where known, their number.
  /// `isCancelled` is asked before each frame; when it says yes the export ends with an error and leaves no unfinished file.
  /// - Throws: when the video cannot be read or the output cannot be written.
  public func run(isCancelled: () -> Bool = { false }, progress: (_ done: Int, _ total: Int?) -> Void = { _, _ in }) throws(InputError) -> Summary {
    let source = try VideoSource(location, exportsMotionVectors: readsVectors)
    if let start { try source.seek(to: start) }
    let information = source.information
    let writer: any FrameWriter =
      switch format {
      case .mp4: try VideoFrameWriter(path: output, information: information)
      case .png: try PictureFrameWriter(folder: output)
      }
    let decoded = BoundedQueue<Decoded>(capacity: Self.queueCapacity)
    let decoding = WorkerThread(name: "segplay decode") { Self.decode(source, into: decoded) }
    let writing = WritingThread(writer)
    var isDecoderStopped = false
    func stopDecoder() {
      if isDecoderStopped { return }
      isDecoderStopped = true
      source.interrupt()
      decoded.close()
      decoded.removeAll()
      decoding.join()
    }
    do throws(InputError) {
      let total = [framesLeft(information), frameLimit].compactMap { $0 }.min()
      let milliseconds = try annotate(decoded, writing, information.displaySize, total, isCancelled, progress)
      stopDecoder()
      let frames = try writing.finish()
      return Summary(frames: frames, corruptPackets: source.corruptPackets, millisecondsPerFrame: frames == 0 ? 0 : milliseconds / Double(frames))
    } catch {
      stopDecoder()
      writing.abandon()
      throw error
    }
  }

  /// The frames from `start` to the end, as the container counts them; nil where that is not known.
  private func framesLeft(_ information: MediaInformation) -> Int? {
    guard let count = information.frameCount else { return nil }
    guard let start, start > .zero else { return count }
    guard let rate = information.frameRate else { return nil }
    return max(1, count - Int(Double(start.microseconds) / 1e6 * rate))
  }

  private func annotate(
    _ decoded: BoundedQueue<Decoded>, _ writing: WritingThread, _ displaySize: PixelSize, _ total: Int?, _ isCancelled: () -> Bool,
    _ progress: (Int, Int?) -> Void
  ) throws(InputError) -> Double {
    let annotator = FrameAnnotator(size: displaySize)
    let masks = try model.map { model throws(InputError) in try maskMaker(model, displaySize) }
    var milliseconds = 0.0
    var done = 0
    var taken = 0
    // The frame that is shown at `start` may begin before it; what is written begins with it at zero.
    var origin = start == nil ? MediaTime.zero : nil
    func write(_ frame: borrowing VideoFrame) throws(InputError) {
      let first = origin ?? frame.presentationTime
      origin = first
      try writing.append(annotator.picture, index: done, presentationTime: frame.presentationTime - first, duration: frame.duration)
      done += 1
      progress(done, total)
    }
    func annotateAndWrite(_ frame: borrowing VideoFrame, _ labels: borrowing PixelImage, _ scene: InstanceScene?, _ time: Double) throws(InputError) {
      milliseconds += time
      try annotator.annotate(frame, labels: labels, scene: scene, style: style)
      try write(frame)
    }
    var watch = MotionVectorWatch()
    while taken < frameLimit ?? .max, let item = decoded.next() {
      if isCancelled() { throw InputError("stopped before the end", subject: output, advice: "nothing unfinished was left behind") }
      taken += 1
      switch consume item {
      case .failure(let error): throw error
      case .frame(let frame):
        if readsVectors && watch.take(frame) { notify(MotionVectorWatch.notice) }
        if let masks {
          try masks.take(frame, deliver: annotateAndWrite)
        } else {
          try annotator.convert(frame)
          try write(frame)
        }
      }
    }
    try masks?.finish(deliver: annotateAndWrite)
    if done == 0 { throw InputError("no frame could be read", subject: location, advice: "check the file and --start") }
    return milliseconds
  }

  private var readsVectors: Bool { model != nil && schedule?.flow.needsMotionVectors == true }

  /// What makes the masks.
  private func maskMaker(_ model: LoadedModel, _ displaySize: PixelSize) throws(InputError) -> any MaskMaker {
    guard var schedule else { return SingleFrameMasks(model, threads: threads, displaySize: displaySize, options: instanceOptions) }
    schedule.threads = threads
    let (classes, options) = (model.classes, instanceOptions)
    return ScheduledMasks(
      try schedule.sequence(model, shown: displaySize), displaySize: displaySize, readsVectors: readsVectors,
      scene: model.findsInstances ? { InstanceScene(instances: $0, classes: classes, options: options) } : nil, record: record)
  }

  private static func decode(_ source: VideoSource, into queue: BoundedQueue<Decoded>) {
    defer { queue.close() }
    do throws(InputError) {
      while let frame = try source.next() {
        if !queue.append(.frame(frame)) { return }
      }
    } catch {
      queue.append(.failure(error))
    }
  }
}
