import SegBase
import SegGraph
import SegRuntime

/// A network that finds instances, compiled for one input size. Used by one thread at a time.
final class CompiledInstanceNetwork {
  private let executable: Executable
  private let outputs: InstanceOutputs
  private let detector: InstanceDetector

  /// Compiles; throws when the size does not suit the network or the inference library cannot run it.
  init(_ model: LoadedModel, size: PixelSize, threads: Int) throws(InputError) {
    guard let layout = model.instanceLayout else { preconditionFailure("a network that finds instances") }
    executable = try Executable(graph: try RunGraph(model, size: size).graph, threads: threads, precision: model.precisionPlan)
    outputs = InstanceOutputs(executable)
    let prototypeSize = InstanceOutputs.prototypeSize(executable)
    var rescoring: MaskRescoring?
    if let graph = try model.maskScoringGraph(height: prototypeSize.height, width: prototypeSize.width) {
      rescoring = MaskRescoring(try Executable(graph: graph, threads: threads))
    }
    detector = try InstanceDetector(
      layout: layout, levels: InstanceOutputs.levels(executable), inputSize: max(size.width, size.height), prototypeSize: prototypeSize,
      settings: model.instanceSettings, rescoring: rescoring)
  }

  /// Lets `fill` write the input (row, column, channel), runs, and replaces `instances` by those in the picture, the best first.
  func run(fill: (UnsafeMutableBufferPointer<Float>) -> Void, into instances: inout [DetectedInstance]) {
    executable.withInput(0, fill)
    executable.run()
    detector.detect(outputs, into: &instances)
  }

  /// The masks of the last run's instances.
  var masks: InstanceMasks { detector.masks }

  /// What each step of a run took.
  func profile() -> [StepProfile] { executable.profile() }
}
