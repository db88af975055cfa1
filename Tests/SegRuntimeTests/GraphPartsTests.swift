import SegGraph
import SegRuntime
import SegTestSupport
import Testing

/// Graphs in parts that run one after another.
@Suite struct GraphPartsTests {
  @Test("parts that hand over what they make give the maps of the whole", arguments: UInt64(0)..<40)
  func together(seed: UInt64) throws {
    let graph = try RandomGraph.grown(seed: seed, count: 12 + Int(seed) % 20).optimized().exposingValues()
    var random = RandomNumbers(seed: seed)
    let inputs = graph.inputs.map { random.floats(graph.shape(of: $0).count) }
    let expected = ReferenceInterpreter(graph: graph).run(inputs: inputs)
    let limits = [(0, 0), (200, 2000), (2000, 10_000), (.max, .max)][Int(seed) % 4]
    let parts = graph.parts(parameters: limits.0, numbers: limits.1)
    #expect(limits.0 == .max ? parts.count == 1 : parts.count > 1)
    #expect(parts.reduce(0) { $0 + $1.graph.nodes.count } == graph.nodes.count)
    var maps = expected.filter { output in graph.outputs.contains { $0.name == output.key && graph.inputs.contains($0.value) } }
    for part in parts {
      #expect(part.graph.problems() == [])
      let read = try part.inputs.map { try #require(maps[$0]) }
      maps.merge(ReferenceInterpreter(graph: part.graph).run(inputs: read)) { first, _ in first }
    }
    #expect(maps == expected, "seed \(seed)")
  }

  @Test("parts are as large as the limits allow, but a node is never cut")
  func limits() throws {
    var graph = RandomGraph(seed: 1)
    var map = graph.input(4, 4, 8)
    for _ in 0..<6 { map = try graph.convolution(map, to: 8) }
    graph.builder.output(map, name: "x")
    let exposed = graph.builder.build().optimized().exposingValues()
    // 64 weights and 128 numbers each.
    #expect(exposed.parts(parameters: 128, numbers: 1000).map(\.graph.nodes.count) == [2, 2, 2])
    #expect(exposed.parts(parameters: 1000, numbers: 512).map(\.graph.nodes.count) == [4, 2])
    #expect(exposed.parts(parameters: 63, numbers: 127).map(\.graph.nodes.count) == [1, 1, 1, 1, 1, 1])
  }

  @Test("a pool that keeps indices is in the part of what reads them")
  func indices() throws {
    var graph = RandomGraph(seed: 2)
    let input = graph.input(8, 8, 8)
    let (pooled, indices) = try graph.builder.addMaxPoolWithIndices(PoolingWindow(kernel: 2, stride: 2), name: "pool", input: input)
    let inner = try graph.convolution(pooled, to: 8)
    let unpooled = try graph.builder.add(.maxUnpool(height: 8, width: 8), name: "unpool", inputs: [inner, indices])
    graph.builder.output(try graph.convolution(unpooled, to: 4), name: "x")
    let parts = graph.builder.build().optimized().exposingValues().parts(parameters: 0, numbers: 0)
    #expect(parts.map(\.graph.nodes.count) == [3, 1])
  }
}
