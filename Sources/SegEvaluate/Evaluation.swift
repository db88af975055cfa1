public import SegBase
public import SegModels
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

  private enum Outcome: Sendable {
    case frame(ConfusionMatrix, milliseconds: Double)
    case failure(InputError)
  }

  /// Runs the evaluation. `progress` is called on the calling thread after each frame with the frames done and their number.
  /// - Throws: when frames or labels cannot be read, their numbers differ, or the network does not give every pixel a class.
  public func run(progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }) throws(InputError) -> EvaluationReport {
    try checkNetwork()
    let frames = try LabelledFrames(frames: frames, labels: labels, model: model, frameLimit: frameLimit)
    let total = frames.count
    let queue = frames.queue
    let results = BoundedQueue<Outcome>(capacity: LabelledFrames.queueCapacity + threads)
    let left = WorkerCount(threads)
    let workers = (0..<threads).map { _ in
      WorkerThread(name: "segplay network") { [self] in
        work(queue, results)
        if left.leave() { results.close() }
      }
    }
    defer {
      results.close()
      results.removeAll()
      frames.stop()
      for thread in workers { thread.join() }
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
      matrix, classes: model.classes, ignoredLabel: ignoredLabel, frames: done, passes: ["full": done],
      millisecondsPerFrame: done == 0 ? 0 : milliseconds / Double(done), precision: model.precisionName)
  }

  /// Throws when the network does not give every pixel a class.
  func checkNetwork() throws(InputError) {
    if model.findsInstances { throw InputError("\(model.name) finds instances, which cannot be compared with label maps") }
  }

  /// Takes frames until there are none: each gets a pass of a network of the thread's own.
  private func work(_ queue: BoundedQueue<LabelledFrames.Item>, _ results: BoundedQueue<Outcome>) {
    let network = SegmentationModel(model, threads: 1)
    var prediction = PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)
    var instances: [DetectedInstance] = []
    var resized = PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)
    while let item = queue.next() {
      switch consume item {
      case .failure(let error): results.append(.failure(error))
      case .notice: continue
      case .pair(let picture, let truth, _, let scaling):
        var counts = ConfusionMatrix(classCount: model.classes.count)
        let started = ContinuousClock.now
        do {
          try network.segment(picture, into: &prediction, instances: &instances, ignoring: ignoredLabel)
        } catch {
          results.append(.failure(error))
          return
        }
        let milliseconds = scaling + (ContinuousClock.now - started) / .milliseconds(1)
        counts.add(truth: truth, prediction: prediction, resizedIn: &resized, ignoredLabel: ignoredLabel)
        if !results.append(.frame(counts, milliseconds: milliseconds)) { return }
      }
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
