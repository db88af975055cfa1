import SegBase
import SegGraph
import SegRuntime

/// A network that finds instances, compiled for one input size. Used by one thread at a time.
final class CompiledInstanceNetwork {
  private let executable: Executable
  private let outputs: InstanceOutputs
  private let detector: InstanceDetector
  /// The pass between keyframes with its outputs, where it was asked for and there is one.
  private let partial: (pass: CompiledPartialPass, outputs: InstanceOutputs)?

  /// Compiles, with `keepsFeatures` also the pass between keyframes; throws when the size does not suit the network or the inference library cannot run it.
  init(_ model: LoadedModel, size: PixelSize, threads: Int, keepsFeatures: Bool = false) throws(InputError) {
    guard let layout = model.instanceLayout else { preconditionFailure("a network that finds instances") }
    let passes = keepsFeatures ? try PassGraphs(model, size: size) : nil
    let graph = if let passes { passes.full } else { try RunGraph(model, size: size).graph }
    let executable = try model.compile(graph, threads: threads, precision: model.precisionPlan)
    self.executable = executable
    partial = try passes.map { passes throws(InputError) in
      let pass = try CompiledPartialPass(model, passes, key: executable, threads: threads, precision: model.precisionPlan)
      return (pass, InstanceOutputs(pass.executable))
    }
    outputs = InstanceOutputs(executable)
    let prototypeSize = InstanceOutputs.prototypeSize(executable)
    var rescoring: MaskRescoring?
    if let graph = try model.maskScoringGraph(height: prototypeSize.height, width: prototypeSize.width) {
      rescoring = MaskRescoring(try model.compile(graph, threads: threads))
    }
    detector = try InstanceDetector(
      layout: layout, levels: InstanceOutputs.levels(executable), inputSize: max(size.width, size.height), prototypeSize: prototypeSize,
      settings: model.instanceSettings, rescoring: rescoring)
  }

  /// Lets `fill` write the input (row, column, channel), runs, and replaces `instances` by those in the picture, the best first.
  func run(fill: (UnsafeMutableBufferPointer<Float>) -> Void, into instances: inout [DetectedInstance]) {
    executable.withInput(0, fill)
    executable.run()
    partial?.pass.didRunKey()
    detector.detect(outputs, into: &instances)
  }

  /// Like it, by the pass between keyframes, to which `carry` gives the features of the last `run`; false where there is no such pass, or no such run.
  func runPartial(fill: (UnsafeMutableBufferPointer<Float>) -> Void, carry: FeatureCarrier, into instances: inout [DetectedInstance]) -> Bool {
    guard let partial, partial.pass.hasKey else { return false }
    partial.pass.run(fill: fill, carry: carry)
    detector.detect(partial.outputs, into: &instances)
    return true
  }

  /// The masks of the last run's instances.
  var masks: InstanceMasks { detector.masks }

  /// What each step of a run took.
  func profile() -> [StepProfile] { executable.profile() }
}
