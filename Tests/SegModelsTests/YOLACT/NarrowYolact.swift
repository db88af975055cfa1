import SegCheckpoint
import SegGraph
import SegModels
import SegRuntime
import SegTensor
import SegTestSupport
import Testing

/// Checkpoints of the YOLACT family with an eighth of most channels, so that plain loops run them in no time.
enum NarrowYolact {
  /// Tensors filled by the golden rule.
  static func checkpoint(_ architecture: Architecture, _ dialect: String, _ variant: String, classCount: Int = 5) throws -> Checkpoint {
    let random = try LoadedModel.random(architecture: architecture, dialect: dialect, variant: variant, classCount: classCount)
    let keys = random.tensors.names.map { (name: $0, shape: (random.tensors[$0]?.shape ?? []).map(narrowed)) }
    return Checkpoint(container: .safetensors, tensors: GoldenRule.checkpoint(keys))
  }

  /// Features and a flow joined have two channels more than a multiple of 32.
  private static func narrowed(_ count: Int) -> Int {
    if count >= 32, count.isMultiple(of: 32) { return count / 8 }
    return count > 34 && (count - 2).isMultiple(of: 32) ? (count - 2) / 8 + 2 : count
  }
}

/// The largest difference between the engine and plain loops over all outputs, as a share of each output's largest value.
func engineError(_ graph: Graph, threads: Int = 1) throws -> Float {
  var random = RandomNumbers(seed: 7)
  let inputs = graph.inputs.map { random.floats(graph.shape(of: $0).count) }
  let expected = ReferenceInterpreter(graph: graph).run(inputs: inputs)
  let executable = try Executable(graph: graph, threads: threads)
  for (index, values) in inputs.enumerated() { executable.withInput(index) { _ = $0.update(fromContentsOf: values) } }
  executable.run()
  var worst: Float = 0
  for (name, wanted) in expected {
    executable.withOutput(name) { found, _ in
      #expect(found.count == wanted.count)
      let range = wanted.reduce(1e-6) { max($0, abs($1)) }
      let error = zip(found, wanted).reduce(0) { max($0, abs($1.0 - $1.1)) } / range
      worst = error.isNaN ? .infinity : max(worst, error)
    }
  }
  return worst
}
