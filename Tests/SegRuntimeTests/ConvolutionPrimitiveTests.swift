import SegGraph
import SegTestSupport
import Testing

@testable import SegRuntime

@Suite struct ConvolutionPrimitiveTests {
  /// What a 3x3 convolution gives, its shape, format and numbers drawn from `seed`.
  private static func output(_ seed: UInt64) throws -> [Float] {
    var random = RandomNumbers(seed: seed &+ 1000)
    var graph = RandomGraph(seed: seed)
    let input = graph.input(Int.random(in: 5...14, using: &random), Int.random(in: 5...14, using: &random), Int.random(in: 5...40, using: &random))
    // Of stride 2, so that the library makes all of them.
    let output = try graph.convolution(
      input, to: Int.random(in: 5...40, using: &random), kernel: (3, 3), stride: 2, padding: Padding(top: 1, bottom: 1, left: 1, right: 1), dilation: 1,
      groups: 1, hasBias: true)
    graph.builder.output(output, name: "output")
    let built = graph.builder.build()
    let values = random.floats(built.shape(of: built.inputs[0]).count)
    let executable = try Executable(graph: built, precision: seed % 2 == 0 ? .float32 : PrecisionPlan(.bfloat16, fallback: .bfloat16))
    executable.withInput(0) { _ = $0.update(fromContentsOf: values) }
    executable.run()
    return executable.withOutput("output") { found, _ in Array(found) }
  }

  @Test("primitives that several threads make at once compute what they compute when made alone")
  func madeAtOnce() async throws {
    // More shapes than the library keeps made primitives.
    let seeds = UInt64(0)..<1500
    let alone = try seeds.map { try Self.output($0) }
    let different = try await withThrowingTaskGroup(of: [UInt64].self) { group in
      for part in UInt64(0)..<4 {
        group.addTask {
          try seeds.map { ($0 + part * 375) % UInt64(alone.count) }.filter { seed in try Self.output(seed) != alone[Int(seed)] }
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(different == [])
  }
}
