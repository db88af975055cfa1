package import SegBase
package import SegGraph
import SegRuntime

/// A network that gives every pixel a class, compiled for one input size. Used by one thread at a time.
package final class CompiledNetwork {
  private let executable: Executable
  /// Makes labels of what the executable gives.
  private let direct: LabelMaker
  /// Makes labels of scores of `scoreShape`.
  private let labelMaker: LabelMaker
  private let newMaker: () -> LabelMaker
  /// How the scores that the executable gives lie in their map; nil where they are that map.
  private let interleave: Interleave?
  private lazy var spreader = interleave.map { BlockSpreader(blocks: direct.scores, interleave: $0) }
  /// The pass between keyframes, where it was asked for and there is one.
  private let partial: CompiledPartialPass?

  /// Compiles, in the arithmetic of `precision` or by default of the model's own plan, with `keepsFeatures` also the pass between keyframes; throws when the
  /// size does not suit the network or the inference library cannot run it.
  package init(_ model: LoadedModel, size: PixelSize, threads: Int, precision: PrecisionPlan? = nil, keepsFeatures: Bool = false) throws(InputError) {
    let plan = precision ?? model.precisionPlan
    let passes = keepsFeatures ? try PassGraphs(model, size: size) : nil
    let run = try RunGraph(model, size: size, takesBlocks: passes == nil)
    let (graph, alignsCorners) = (passes?.full ?? run.graph, run.alignsCorners)
    guard let made = (graph.outputs.first { $0.name == "logits" }).map({ graph.shape(of: $0.value) }) else { preconditionFailure("a network gives logits") }
    let scores = run.interleave.map { FeatureShape(height: $0.height, width: $0.width, channels: made.channels) } ?? made
    let isFull = (scores.height, scores.width) == (size.height, size.width)
    // Labels of the scores' own places are made while a few rows of scores are in the cache; they would be the largest map of all.
    let executable = try model.compile(graph, threads: threads, precision: plan, inStrips: isFull && passes == nil ? "logits" : nil)
    partial = try passes.map { passes throws(InputError) in try CompiledPartialPass(model, passes, key: executable, threads: threads, precision: plan) }
    self.executable = executable
    newMaker = {
      isFull ? LabelMaker(scores: scores) : LabelMaker(scores: scores, height: size.height, width: size.width, alignCorners: alignsCorners)
    }
    labelMaker = newMaker()
    direct = run.interleave.map { LabelMaker(blocks: made, interleave: $0) } ?? labelMaker
    let whole = Interleave(block: 1, offset: (0, 0), height: made.height, width: made.width)
    interleave = run.interleave ?? (executable.isInStrips("logits") ? whole : nil)
  }

  /// Another maker of the same labels.
  func newLabelMaker() -> LabelMaker { newMaker() }

  /// Shape of the class scores.
  var scoreShape: FeatureShape { labelMaker.scores }

  /// Lets `fill` write the input (row, column, channel), runs, and writes a class for every pixel; class `ignoring` is never chosen.
  package func run(fill: (UnsafeMutableBufferPointer<Float>) -> Void, ignoring: Int?, into labels: UnsafeMutableBufferPointer<UInt8>) {
    executable.withInput(0, fill)
    executable.run()
    partial?.didRunKey()
    executable.makeLabels(of: "logits", by: direct, ignoring: ignoring, into: labels)
  }

  /// Lets `fill` write the input, runs, and lends `body` the class scores (row, column, class).
  package func run<Result>(fill: (UnsafeMutableBufferPointer<Float>) -> Void, _ body: (UnsafeBufferPointer<Float>) -> Result) -> Result {
    executable.withInput(0, fill)
    executable.run()
    partial?.didRunKey()
    guard let spreader else { return executable.withOutput("logits") { scores, _ in body(scores) } }
    executable.withRows(of: "logits") { rows, blocks in spreader.spread(blocks, rows: rows, threads: executable.threads) }
    return body(spreader.spread)
  }

  /// Like it, by the pass between keyframes, to which `carry` gives the features of the last `run`; nil where there is no such pass, or no such run.
  func runPartial<Result>(
    fill: (UnsafeMutableBufferPointer<Float>) -> Void, carry: FeatureCarrier, _ body: (UnsafeBufferPointer<Float>) -> Result
  ) -> Result? {
    guard let partial, partial.hasKey else { return nil }
    partial.run(fill: fill, carry: carry)
    return partial.executable.withOutput("logits") { scores, _ in body(scores) }
  }

  /// Writes a class for every pixel of the input from scores of `scoreShape`.
  func makeLabels(from scores: UnsafeBufferPointer<Float>, ignoring: Int?, into labels: UnsafeMutableBufferPointer<UInt8>) {
    labelMaker.makeLabels(from: scores, ignoring: ignoring, into: labels, threads: executable.threads)
  }

  /// What each step of a run took.
  func profile() -> [StepProfile] { executable.profile() }
}
