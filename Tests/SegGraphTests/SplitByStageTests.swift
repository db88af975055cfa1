import SegGraph
import Testing

private let shape = FeatureShape(height: 8, width: 6, channels: 4)

@Suite struct SplitByStageTests {
  /// A shallow convolution, two deep ones, and a head that adds what both made.
  private func sample(head: Bool = true) throws -> Graph {
    var builder = GraphBuilder()
    func convolution(_ name: String, _ input: ValueID) throws -> ValueID {
      try builder.add(.convolution(SampleLayers.convolution(4, 4)), name: name, inputs: [input])
    }
    let shallow = try convolution("shallow", builder.input(shape))
    builder.stage = .deep
    var deep = try convolution("deep1", shallow)
    deep = try convolution("deep2", deep)
    builder.stage = .head
    let sum = head ? try builder.add(.add(activation: nil), name: "sum", inputs: [shallow, deep]) : deep
    builder.output(sum, name: "logits")
    return builder.build()
  }

  @Test("the partial graph has the shallow nodes and the head, and takes what the full graph gives")
  func splits() throws {
    let split = try #require(try sample().splitByStage())
    #expect(split.partial.nodes.map(\.name) == ["shallow", "sum"] && split.partial.problems() == [])
    #expect(split.partial.inputs.map { split.partial.shape(of: $0) } == [shape, shape] && split.partial.outputs.map(\.name) == ["logits"])
    #expect(split.full.nodes.map(\.name) == ["shallow", "deep1", "deep2", "sum"] && split.full.problems() == [])
    #expect(split.full.outputs.map(\.name) == ["logits", "carried0"] && split.carried == [shape])
    #expect(split.full.optimized().problems() == [] && split.partial.optimized().problems() == [])
  }

  @Test("where the deep stage makes the output, or there is none, nothing is split")
  func leavesAlone() throws {
    #expect(try sample(head: false).splitByStage() == nil)
    var builder = GraphBuilder()
    builder.output(try builder.add(.activation(.relu), name: "relu", inputs: [builder.input(shape)]), name: "logits")
    #expect(builder.build().splitByStage() == nil)
  }

  @Test("a head that reads deep values alone leaves nothing to do from the picture")
  func needsThePicture() throws {
    var builder = GraphBuilder()
    builder.stage = .deep
    let deep = try builder.add(.activation(.relu), name: "deep", inputs: [builder.input(shape)])
    builder.stage = .head
    builder.output(try builder.add(.activation(.relu), name: "head", inputs: [deep]), name: "logits")
    #expect(builder.build().splitByStage() == nil)
  }

  /// A pool whose indices the head reads: it pools the shallow values, or deep ones.
  private func pooled(fromDeep: Bool) throws -> Graph {
    var builder = GraphBuilder()
    var value = try builder.add(.activation(.relu), name: "shallow", inputs: [builder.input(shape)])
    builder.stage = .deep
    if fromDeep { value = try builder.add(.activation(.relu), name: "deep0", inputs: [value]) }
    let pool = try builder.addMaxPoolWithIndices(PoolingWindow(kernel: 2, stride: 2), name: "pool", input: value)
    let deep = try builder.add(.activation(.relu), name: "deep", inputs: [pool.values])
    builder.stage = .head
    let spread = try builder.add(.maxUnpool(height: 8, width: 6), name: "unpool", inputs: [deep, pool.indices])
    builder.output(spread, name: "logits")
    return builder.build()
  }

  @Test("a deep pool whose indices the head reads is done again, unless it pools deep values")
  func poolsAgain() throws {
    let split = try #require(try pooled(fromDeep: false).splitByStage())
    #expect(split.partial.nodes.map(\.name) == ["shallow", "pool", "unpool"] && split.partial.problems() == [])
    #expect(split.carried == [FeatureShape(height: 4, width: 3, channels: 4)])
    #expect(try pooled(fromDeep: true).splitByStage() == nil)
  }
}
