import SegBase
import SegCheckpoint
import SegGraph
import SegRuntime
import SegTensor
import SegTestSupport
import Testing

@testable import SegModels

/// Runs YolactEdge's networks on the reference's weights and pictures.
enum YolactGolden {
  private static let size = PixelSize(width: 550, height: 550)

  /// A model with every tensor of a variant, filled by the golden rule.
  static func model(_ dialect: String, _ variant: String, classCount: Int) throws -> LoadedModel {
    let random = try LoadedModel.random(architecture: .yolactEdge, dialect: dialect, variant: variant, classCount: classCount)
    let keys = random.tensors.names.map { (name: $0, shape: random.tensors[$0]?.shape ?? []) }
    return try LoadedModel(Checkpoint(container: .safetensors, tensors: GoldenRule.checkpoint(keys)))
  }

  /// The outputs for the picture "<name>_key".
  static func outputs(of model: LoadedModel, _ name: String) throws -> NamedTensors { try RawInference(model, threads: 2).run(input("\(name)_key")) }

  /// The outputs for "<name>_key" as a keyframe, and for the frame after it, nine tenths of the first and two tenths of "<name>_next".
  ///
  /// The reference made its backbone for the second frame when the rest was in evaluation mode already, so that one normalised by the frame's own mean and
  /// variance. The same is done here: the second pass is given those statistics as the running ones.
  static func videoOutputs(of model: LoadedModel, _ name: String) throws -> NamedTensors {
    let first = input("\(name)_key")
    let second = Tensor(shape: first.shape, floats: zip(first.floats(), input("\(name)_next").floats()).map { $0 * 0.9 + 0.2 * $1 })
    let full = try Executable(graph: try model.graph(for: size), threads: 2)
    RawInference.fill(full, first)
    full.run()
    let adapted = try LoadedModel(Checkpoint(container: .safetensors, tensors: try withStatistics(of: second, model)))
    let partial = try Executable(graph: try #require(try adapted.partialGraph(for: size)), threads: 2)
    RawInference.fill(partial, second)
    for index in 0..<3 { full.withOutput("cache\(index)") { values, _ in partial.withInput(1 + index) { _ = $0.update(fromContentsOf: values) } } }
    partial.run()
    var outputs = RawInference.outputs(of: full, model.instanceLayout).renamed { "key." + $0 }
    let between = RawInference.outputs(of: partial, model.instanceLayout)
    for name in between.names { outputs["nonkey." + name] = between[name] }
    return outputs
  }

  private static func input(_ name: String) -> Tensor { GoldenRule.input(name, shape: [1, 3, size.height, size.width]) }

  /// A model's tensors with the statistics of its shallow layers replaced by those of one picture.
  private static func withStatistics(of picture: Tensor, _ model: LoadedModel) throws -> NamedTensors {
    let graph = try #require(try model.partialGraph(for: size))
    var tensors = model.tensors
    var values: [ValueID: [Float]] = [graph.inputs[0]: channelsLast(picture.floats(), channels: 3)]
    for node in graph.nodes where node.stage == .shallow {
      let inputs = try node.inputs.map { (graph.shape(of: $0), try #require(values[$0])) }
      var operation = node.operation
      if case .batchNormalization(var normalization) = operation {
        (normalization.mean, normalization.variance) = statistics(inputs[0].1, channels: inputs[0].0.channels)
        operation = .batchNormalization(normalization)
        (tensors["\(node.name).running_mean"], tensors["\(node.name).running_var"]) = (normalization.mean, normalization.variance)
      }
      values[node.outputs[0]] = try run(operation, inputs)
    }
    return tensors
  }

  private static func statistics(_ map: [Float], channels: Int) -> (mean: Tensor, variance: Tensor) {
    var (sums, squares) = ([Double](repeating: 0, count: channels), [Double](repeating: 0, count: channels))
    for (index, value) in map.enumerated() {
      sums[index % channels] += Double(value)
      squares[index % channels] += Double(value) * Double(value)
    }
    let places = Double(map.count / channels)
    let means = sums.map { $0 / places }
    let variances = zip(squares, means).map { Float($0 / places - $1 * $1) }
    return (Tensor(shape: [channels], floats: means.map { Float($0) }), Tensor(shape: [channels], floats: variances))
  }

  /// The result of one operation.
  private static func run(_ operation: Operation, _ inputs: [(shape: FeatureShape, values: [Float])]) throws -> [Float] {
    var builder = GraphBuilder()
    let read = inputs.map { builder.input($0.shape) }
    builder.output(try builder.add(operation, name: "step", inputs: read), name: "out")
    let executable = try Executable(graph: builder.build(), threads: 2)
    for (index, input) in inputs.enumerated() { executable.withInput(index) { _ = $0.update(fromContentsOf: input.values) } }
    executable.run()
    return executable.withOutput("out") { values, _ in Array(values) }
  }
}
