public import SegBase
public import SegModels
internal import SegVideo
import Synchronization

/// Compares a network's label maps with true ones, frame by frame.
///
/// One thread decodes, scales and reads labels; as many as `threads` run a network each. Networks side by side lose nothing to each other, while
/// threads inside a network wait for one another at every layer.
public struct Evaluation: Sendable {
  /// What to evaluate: the network.
  public var model: LoadedModel
  /// A video file or a folder of images, taken in the order of their names.
  public var frames: String
  /// A folder of 8-bit grey or indexed PNG label maps, matched to the frames by order.
  public var labels: String
  /// A label that does not count, and an output that takes no part in the argmax.
  public var ignoredLabel: Int?
  /// Frames to evaluate at most; nil for all.
  public var frameLimit: Int?
  /// Networks that run side by side, one thread each.
  public var threads: Int

  /// Makes an evaluation of all frames.
  public init(model: LoadedModel, frames: String, labels: String, ignoredLabel: Int? = nil, frameLimit: Int? = nil, threads: Int = 1) {
    self.model = model
    self.frames = frames
    self.labels = labels
    self.ignoredLabel = ignoredLabel
    self.frameLimit = frameLimit
    self.threads = threads
  }

  /// Decoded frames with their labels that wait for the network at most.
  private static let queueCapacity = 4

  private enum Item: ~Copyable, Sendable {
    case pair(picture: PixelImage, truth: PixelImage, milliseconds: Double)
    case failure(InputError)
  }

  private enum Outcome: Sendable {
    case frame(ConfusionMatrix, milliseconds: Double)
    case failure(InputError)
  }

  /// Runs the evaluation. `progress` is called on the calling thread after each frame with the frames done and their number.
  /// - Throws: when frames or labels cannot be read, their numbers differ, or the network does not give every pixel a class.
  public func run(progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }) throws(InputError) -> EvaluationReport {
    if model.findsInstances { throw InputError("\(model.name) finds instances, which cannot be compared with label maps") }
    let labelFiles = try LabelFiles(folder: labels)
    let source = try VideoSource(frames)
    let inputSize = model.sizeRule.size(for: source.information.displaySize)
    let total = min(frameLimit ?? .max, labelFiles.paths.count)
    let queue = BoundedQueue<Item>(capacity: Self.queueCapacity)
    let results = BoundedQueue<Outcome>(capacity: Self.queueCapacity + threads)
    let isWhole = frameLimit == nil
    let reader = WorkerThread(name: "segplay reader") { Self.read(source, labelFiles, total, isWhole: isWhole, inputSize, into: queue) }
    let left = WorkerCount(threads)
    let workers = (0..<threads).map { _ in
      WorkerThread(name: "segplay network") { [self] in
        work(queue, results)
        if left.leave() { results.close() }
      }
    }
    defer {
      queue.close()
      results.close()
      queue.removeAll()
      results.removeAll()
      for thread in workers + [reader] { thread.join() }
    }

    var matrix = ConfusionMatrix(classCount: model.classes.count)
    var done = 0
    var milliseconds = 0.0
    while let outcome = results.next() {
      switch outcome {
      case .failure(let error): throw error
      case .frame(let counts, let time):
        matrix.add(counts)
        milliseconds += time
        done += 1
        progress(done, total)
      }
    }
    return EvaluationReport(
      meanIntersectionOverUnion: matrix.meanIntersectionOverUnion(excluding: ignoredLabel), pixelAccuracy: matrix.pixelAccuracy,
      classIntersectionOverUnion: zip(model.classes.names, matrix.classIntersectionOverUnion).enumerated().filter { $0.offset != ignoredLabel }.map {
        (name: $0.element.0, value: $0.element.1)
      }, frames: done, passes: ["full": done], millisecondsPerFrame: done == 0 ? 0 : milliseconds / Double(done))
  }

  /// Takes frames until there are none: each gets a pass of a network of the thread's own.
  private func work(_ queue: BoundedQueue<Item>, _ results: BoundedQueue<Outcome>) {
    let network = SegmentationModel(model, threads: 1)
    var prediction = PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)
    var instances: [DetectedInstance] = []
    var resized = PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)
    while let item = queue.next() {
      switch consume item {
      case .failure(let error): results.append(.failure(error))
      case .pair(let picture, let truth, let scaling):
        var counts = ConfusionMatrix(classCount: model.classes.count)
        let started = ContinuousClock.now
        do {
          try network.segment(picture, into: &prediction, instances: &instances, ignoring: ignoredLabel)
        } catch {
          results.append(.failure(error))
          return
        }
        let milliseconds = scaling + (ContinuousClock.now - started) / .milliseconds(1)
        if truth.size == prediction.size {
          counts.add(truth: truth, prediction: prediction, ignoredLabel: ignoredLabel)
        } else {
          resized.setNearest(prediction, size: truth.size)
          counts.add(truth: truth, prediction: resized, ignoredLabel: ignoredLabel)
        }
        if !results.append(.frame(counts, milliseconds: milliseconds)) { return }
      }
    }
  }

  private static func read(
    _ source: VideoSource, _ labels: LabelFiles, _ total: Int, isWhole: Bool, _ inputSize: PixelSize, into queue: BoundedQueue<Item>
  ) {
    let scaler = FrameScaler()
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
        if !queue.append(.pair(picture: picture, truth: try labels.labels(at: index), milliseconds: milliseconds)) { return }
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

/// Counts the workers that are still at it.
private final class WorkerCount: Sendable {
  private let left: Atomic<Int>

  init(_ count: Int) { left = Atomic(count) }

  /// One worker is done; true for the last.
  func leave() -> Bool { left.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 }
}
