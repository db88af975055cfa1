public import SegBase
import SegGraph
import SegRuntime
import SegTensor

/// A compared network compiled for this machine: from the normalised input to labels or to the network's outputs.
public final class NetworkRunner {
  private let executable: Executable
  private let labelMaker: LabelMaker?
  private let labels: UnsafeMutableBufferPointer<UInt8>

  private let scores: String

  /// Compiles for `threads` threads. With `makesLabels` a run ends with labels where the network gives every pixel a class, else with the network's outputs.
  ///
  /// Throws what the inference library cannot run.
  public init(_ network: ComparedNetwork, threads: Int, makesLabels: Bool = true) throws(InputError) {
    scores = network.labels?.scores ?? ""
    guard makesLabels, let rule = network.labels else {
      executable = try Executable(graph: network.graph, threads: threads)
      (labelMaker, labels) = (nil, UnsafeMutableBufferPointer(start: nil, count: 0))
      return
    }
    // As when a video plays: labels are found while scores are interpolated, without a map of scores as large as the picture.
    var (graph, alignsCorners) = (network.graph, rule.alignsCorners)
    if let small = graph.withoutFinalResize(of: rule.scores), small.size == (rule.height, rule.width) {
      (graph, alignsCorners) = (small.graph, small.alignCorners)
    }
    executable = try Executable(graph: graph, threads: threads)
    guard let scores = executable.outputShapes[rule.scores] else { preconditionFailure("labels are made of an output") }
    labelMaker =
      (scores.height, scores.width) == (rule.height, rule.width)
      ? LabelMaker(scores: scores) : LabelMaker(scores: scores, height: rule.height, width: rule.width, alignCorners: alignsCorners)
    labels = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: rule.height * rule.width)
    labels.initialize(repeating: 0)
  }

  deinit { labels.deallocate() }

  /// Writes the input (row, column, channel), which stays for all runs.
  public func setInput(_ values: [Float]) { executable.withInput(0) { _ = $0.update(fromContentsOf: values) } }

  /// Runs the network, and makes labels where that was asked for.
  public func run() {
    executable.run()
    guard let labelMaker else { return }
    executable.withOutput(scores) { values, _ in labelMaker.makeLabels(from: values, into: labels, threads: executable.threads) }
  }

  /// The labels of the last run, row by row; empty where none are made.
  public var lastLabels: [UInt8] { Array(labels) }
}
