internal import SegBase
internal import SegModels
internal import SegPropagation
internal import SegVideo

/// Frames at a network's input size with their true labels, read on a thread of their own.
final class LabelledFrames: Sendable {
  /// When a frame is shown and for how long, and how it moved.
  struct Timing: Sendable {
    /// Presentation time.
    var time: MediaTime
    /// Seconds; 0 where the container does not say.
    var duration: Double
    /// What the codec says of the motion from the frame before, where it is asked.
    var codec: CodecMotion?
  }

  enum Item: ~Copyable, Sendable {
    /// RGB, the label map, and what scaling the picture took.
    case pair(picture: PixelImage, truth: PixelImage, timing: Timing, milliseconds: Double)
    /// What the user should know.
    case notice(String)
    case failure(InputError)
  }

  /// Frames that wait for the network at most.
  static let queueCapacity = 4

  /// How many there are to be read.
  let count: Int
  /// The frames in order; closed after the last.
  let queue = BoundedQueue<Item>(capacity: queueCapacity)
  private let reader: WorkerThread

  /// Starts to read.
  /// - Throws: when frames or labels cannot be opened.
  init(frames: String, labels: String, model: LoadedModel, frameLimit: Int?, readsVectors: Bool = false) throws(InputError) {
    let labelFiles = try LabelFiles(folder: labels)
    let source = try VideoSource(frames, exportsMotionVectors: readsVectors)
    let inputSize = model.sizeRule.size(for: source.information.displaySize)
    let total = min(frameLimit ?? .max, labelFiles.paths.count)
    let isWhole = frameLimit == nil
    let queue = queue
    count = total
    reader = WorkerThread(name: "segplay reader") { Self.read(source, labelFiles, total, isWhole: isWhole, inputSize, readsVectors: readsVectors, into: queue) }
  }

  /// Ends the reading; to be called once.
  func stop() {
    queue.close()
    queue.removeAll()
    reader.join()
  }

  private static func read(
    _ source: VideoSource, _ labels: LabelFiles, _ total: Int, isWhole: Bool, _ inputSize: PixelSize, readsVectors: Bool, into queue: BoundedQueue<Item>
  ) {
    let scaler = FrameScaler()
    var watch = MotionVectorWatch()
    defer { queue.close() }
    do throws(InputError) {
      var index = 0
      while index < total {
        guard let frame = try source.next() else {
          throw InputError("\(labels.paths.count) label maps for \(index) frames", advice: "there must be one label map a frame, in name order")
        }
        let started = ContinuousClock.now
        var picture = PixelImage(size: inputSize, format: .rgb24)
        try scaler.scale(frame, into: &picture, size: inputSize, format: .rgb24, quality: .accurate)
        let milliseconds = (ContinuousClock.now - started) / .milliseconds(1)
        var timing = Timing(time: frame.presentationTime, duration: frame.duration?.seconds ?? 0)
        if readsVectors { timing.codec = CodecMotion(vectors: frame.motionVectors, frameSize: frame.size) }
        if readsVectors && watch.take(frame) && !queue.append(.notice(MotionVectorWatch.notice)) { return }
        if !queue.append(.pair(picture: picture, truth: try labels.labels(at: index), timing: timing, milliseconds: milliseconds)) { return }
        index += 1
      }
      if isWhole, try source.next() != nil {
        throw InputError("more frames than the \(labels.paths.count) label maps", advice: "there must be one label map a frame, in name order")
      }
    } catch {
      queue.append(.failure(error))
    }
  }
}

extension ConfusionMatrix {
  /// Adds the pixels of two label maps; the predicted one is brought to the size of the true one in `resized` where it has another.
  mutating func add(truth: borrowing PixelImage, prediction: borrowing PixelImage, resizedIn resized: inout PixelImage, ignoredLabel: Int?) {
    if truth.size == prediction.size {
      add(truth: truth, prediction: prediction, ignoredLabel: ignoredLabel)
    } else {
      resized.setNearest(prediction, size: truth.size)
      add(truth: truth, prediction: resized, ignoredLabel: ignoredLabel)
    }
  }
}
