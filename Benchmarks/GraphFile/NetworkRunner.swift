public import SegBase
import SegGraph
import SegRuntime
import SegTensor

/// A compared network compiled for this machine, from the normalised input to labels, or to the outputs of a network that finds instances.
public final class NetworkRunner {
  private let executable: Executable
  private let labelMaker: LabelMaker?
  private let labels: UnsafeMutableBufferPointer<UInt8>

  /// Compiles for `threads` threads; throws what the inference library cannot run.
  public init(_ network: ComparedNetwork, threads: Int) throws(InputError) {
    guard let rule = network.labels else {
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
    self.scores = rule.scores
  }

  private var scores = ""

  deinit { labels.deallocate() }

  /// Writes the input (row, column, channel), which stays for all runs.
  public func setInput(_ values: [Float]) { executable.withInput(0) { _ = $0.update(fromContentsOf: values) } }

  /// Runs the network, and makes labels where it gives every pixel a class.
  public func run() {
    executable.run()
    guard let labelMaker else { return }
    executable.withOutput(scores) { values, _ in labelMaker.makeLabels(from: values, into: labels, threads: executable.threads) }
  }

  /// The labels of the last run, row by row; empty for a network that finds instances.
  public var lastLabels: [UInt8] { Array(labels) }
}
