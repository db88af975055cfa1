import SegGraph
import SegTestSupport
import Testing

@testable import SegRuntime

/// Blocks of two convolutions with what they began with added, as HRNet has them, and a convolution with a stride of two; with an input, and what the reference
/// makes of it.
struct BlockNetwork {
  /// The graph as it runs: optimised, with formats.
  let formatted: Graph
  private let graph: Graph
  private let plan: PrecisionPlan
  private let input, expected, exact: [Float]

  init(_ precision: Precision, seed: UInt64, channels: Int) throws {
    var drawn = RandomGraph(seed: seed)
    let pixels = drawn.input(19, 63, 3)
    var map = try drawn.activation(.relu, drawn.convolution(pixels, to: channels, kernel: (3, 3), padding: Padding(1), hasBias: true))
    for _ in 0..<2 {
      let inner = try drawn.activation(.relu, drawn.convolution(map, to: channels, kernel: (3, 3), padding: Padding(1), hasBias: true))
      map = try drawn.add(drawn.convolution(inner, to: channels, kernel: (3, 3), padding: Padding(1), hasBias: true), map, activation: .relu)
    }
    drawn.builder.output(try drawn.convolution(map, to: 2 * channels, kernel: (3, 3), stride: 2, padding: Padding(1), hasBias: true), name: "output")
    graph = drawn.builder.build()
    var random = RandomNumbers(seed: seed &+ 50)
    input = random.floats(graph.shape(of: graph.inputs[0]).count)
    let exposed = ReferenceInterpreter(graph: graph.optimized().exposingValues()).run(inputs: [input])
    let ranges = exposed.mapValues { ValueRange(lowest: min($0.min() ?? 0, 0), highest: max($0.max() ?? 0, 0)) }
    plan = PrecisionPlan(precision, fallback: precision == .int8 ? .float32 : precision, ranges: ranges)
    formatted = graph.optimized().assigningFormats(plan)
    expected = try #require(ReferenceInterpreter(graph: formatted).run(inputs: [input])["output"])
    exact = try #require(ReferenceInterpreter(graph: graph.optimized()).run(inputs: [input])["output"])
  }

  /// What the second run on so many threads gives, and the kinds of its steps.
  func results(threads: Int, among kernels: ShortKernels) throws -> (values: [Float], kinds: [String]) {
    let executable = try Executable(graph: graph, threads: threads, precision: plan, kernels: kernels)
    executable.withInput(0) { _ = $0.update(fromContentsOf: input) }
    for _ in 0..<2 { executable.run() }
    return (executable.withOutput("output") { found, _ in Array(found) }, executable.steps.map(\.kind))
  }

  /// Whether results are the reference's but for single steps of roundings: a byte is one part in 255 of a number, a bfloat16 as well.
  func agrees(_ found: [Float]) -> Bool {
    let scale = expected.reduce(0) { max($0, abs($1)) }
    let differences = zip(found, expected).map { $0.isNaN ? .infinity : abs($0 - $1) / scale }
    return found.count == expected.count && differences.reduce(0, +) / Float(differences.count) < 1e-3 && differences.allSatisfy { $0 < 2e-2 }
  }

  /// Whether results are as near to single precision as the reference's: those of weights that are not rounded to bytes differ from these.
  func isAsExact(_ found: [Float]) -> Bool {
    func error(_ values: [Float]) -> Float { zip(values, exact).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot() }
    return found.count == exact.count && error(found) <= 1.05 * error(expected)
  }
}
