public import SegBase
import SegGraph
public import SegModels
import SegRuntime

/// A compared network compiled for this machine, with its input in place: from the normalised input to labels or to the network's outputs.
public final class NetworkRunner {
  private let executable: Executable
  private let labelMaker: LabelMaker?
  private let labels: UnsafeMutableBufferPointer<UInt8>
  private let scores: String
  /// The arithmetic that most of the network runs in: "f32", "bf16" or "int8".
  public let precision: String

  /// Compiles for `threads` threads. With `makesLabels` a run ends with labels where the network gives every pixel a class, else with the network's outputs.
  /// Bytes stand for the ranges that values have on the input.
  ///
  /// Throws what the inference library cannot run.
  public init(_ network: ComparedNetwork, precision: PrecisionRequest = .float32, threads: Int = 1, makesLabels: Bool = true) throws(InputError) {
    let rule = makesLabels ? network.labels : nil
    var (graph, alignsCorners) = (network.graph, rule?.alignsCorners ?? false)
    // As when a video plays: labels are found while scores are interpolated, without a map of scores as large as the picture.
    if let rule, let small = graph.withoutFinalResize(of: rule.scores), small.size == (rule.height, rule.width) {
      (graph, alignsCorners) = (small.graph, small.alignCorners)
    }
    var model = network.model
    model.precision = precision
    if precision == .int8 { model.calibration = Calibration(ranges: try Self.ranges(graph, network.input)) }
    executable = try Executable(graph: graph, threads: threads, precision: model.precisionPlan)
    self.precision = model.precisionName
    executable.withInput(0) { _ = $0.update(fromContentsOf: network.input) }
    scores = rule?.scores ?? ""
    guard let rule, let shape = executable.outputShapes[rule.scores] else {
      (labelMaker, labels) = (nil, UnsafeMutableBufferPointer(start: nil, count: 0))
      return
    }
    labelMaker =
      (shape.height, shape.width) == (rule.height, rule.width)
      ? LabelMaker(scores: shape) : LabelMaker(scores: shape, height: rule.height, width: rule.width, alignCorners: alignsCorners)
    labels = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: rule.height * rule.width)
    labels.initialize(repeating: 0)
  }

  deinit { labels.deallocate() }

  /// Runs the network, and makes labels where that was asked for.
  public func run() {
    executable.run()
    guard let labelMaker else { return }
    executable.withOutput(scores) { values, _ in labelMaker.makeLabels(from: values, into: labels, threads: executable.threads) }
  }

  /// The labels of the last run, row by row; empty where none are made.
  public var lastLabels: [UInt8] { Array(labels) }

  /// The share of labels that are those of another runner's last run; nil where there are none.
  public func agreement(with other: NetworkRunner) -> Double? {
    labels.isEmpty ? nil : Double(zip(labels, other.labels).count { $0 == $1 }) / Double(labels.count)
  }

  /// The largest difference from another runner's last run as a share of the range of that, over all outputs.
  public func largestRelativeError(from other: NetworkRunner) -> Float {
    executable.outputShapes.keys.reduce(0) { error, name in
      let values = executable.withOutput(name) { values, _ in Array(values) }
      let expected = other.executable.withOutput(name) { values, _ in Array(values) }
      let range = (expected.max() ?? 0) - (expected.min() ?? 0)
      return max(error, zip(values, expected).reduce(0) { max($0, abs($1.0 - $1.1)) } / max(range, .leastNormalMagnitude))
    }
  }

  /// The least and greatest of each value of the optimised graph on `input`, zero included.
  private static func ranges(_ graph: Graph, _ input: [Float]) throws(InputError) -> [String: ValueRange] {
    let executable = try Executable(graph: graph.optimized().exposingValues())
    executable.withInput(0) { _ = $0.update(fromContentsOf: input) }
    executable.run()
    var ranges: [String: ValueRange] = [:]
    for name in executable.outputShapes.keys {
      ranges[name] = executable.withOutput(name) { values, _ in
        values.reduce(ValueRange(lowest: 0, highest: 0)) { ValueRange(lowest: min($0.lowest, $1), highest: max($0.highest, $1)) }
      }
    }
    return ranges
  }
}
