import SegGraph
import SegRuntime
import SegTestSupport
import Testing

/// The largest difference between an executable and the reference on random input, relative to the largest value (at least 1); checks every output.
func greatestDifference(_ graph: Graph, seed: UInt64, threads: Int = 1, runs: Int = 2) throws -> Float {
  var random = RandomNumbers(seed: seed &+ 99)
  let inputs = graph.inputs.map { random.floats(graph.shape(of: $0).count) }
  let expected = ReferenceInterpreter(graph: graph).run(inputs: inputs)
  let executable = try Executable(graph: graph, threads: threads)
  for (index, values) in inputs.enumerated() { executable.withInput(index) { _ = $0.update(fromContentsOf: values) } }
  // A second run shows whether the first spoilt its inputs or constants.
  for _ in 0..<runs { executable.run() }
  var greatest: Float = 0
  for (name, wanted) in expected {
    executable.withOutput(name) { found, shape in
      #expect(shape.count == wanted.count && found.count == wanted.count)
      let scale = max(1, wanted.map(abs).max() ?? 1)
      for (one, other) in zip(found, wanted) {
        let difference = abs(one - other) / scale
        greatest = difference.isNaN ? .infinity : max(greatest, difference)
      }
    }
  }
  return greatest
}
