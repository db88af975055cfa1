import SegBase
import SegGraph
import SegRuntime

/// A network compiled for one input size. Used by one thread at a time.
final class CompiledNetwork {
  let size: PixelSize
  /// Rows, columns and classes of the logits.
  let scoreShape: FeatureShape
  let labelMaker: LabelMaker
  private let executable: Executable

  /// Compiles; throws when the size does not suit the network or the inference library cannot run it.
  init(_ model: LoadedModel, size: PixelSize, threads: Int) throws(InputError) {
    self.size = size
    if model.instanceLayout != nil { throw InputError("\(model.name) finds objects and does not give every pixel a class") }
    executable = try Executable(graph: try model.graph(for: size), threads: threads)
    guard let scores = executable.outputShapes["logits"] else { preconditionFailure("a network gives logits") }
    scoreShape = scores
    let isFull = (scores.height, scores.width) == (size.height, size.width)
    labelMaker =
      isFull ? LabelMaker(scores: scores) : LabelMaker(scores: scores, height: size.height, width: size.width, alignCorners: model.network.alignsCorners)
  }

  /// Lets `fill` write the input (row, column, channel), runs, and calls `read` with the logits (row, column, class).
  func run(fill: (UnsafeMutableBufferPointer<Float>) -> Void, read: (UnsafeBufferPointer<Float>) -> Void) {
    executable.withInput(0, fill)
    executable.run()
    executable.withOutput("logits") { scores, _ in read(scores) }
  }

  /// What each step of a run took.
  func profile() -> [StepProfile] { executable.profile() }
}
