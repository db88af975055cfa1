import SegGraph
import Testing

/// Whole graphs of every operation against the reference.
@Suite struct RandomGraphTests {
  @Test("whatever operations follow and share, runs give what the reference gives", arguments: UInt64(0)..<60)
  func runs(seed: UInt64) throws {
    let graph = try RandomGraph.grown(seed: seed, count: 12 + Int(seed) % 20)
    #expect(graph.problems() == [] && graph.optimized().problems() == [])
    // Rounding grows from operation to operation; a mistake in sharing memory is far larger.
    #expect(try greatestDifference(graph, seed: seed, threads: 1 + Int(seed) % 2) < 1e-3)
  }
}
