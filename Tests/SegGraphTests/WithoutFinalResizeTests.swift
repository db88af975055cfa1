import SegGraph
import Testing

private let shape = FeatureShape(height: 8, width: 6, channels: 4)

@Suite struct WithoutFinalResizeTests {
  private func resized(_ builder: inout GraphBuilder, _ value: ValueID) throws -> ValueID {
    try builder.add(.resizeBilinear(height: 32, width: 24, alignCorners: true), name: "resize", inputs: [value])
  }

  @Test("the map before the resize becomes the output")
  func strips() throws {
    var builder = GraphBuilder()
    let scores = try builder.add(.convolution(SampleLayers.convolution(4, 3)), name: "scores", inputs: [builder.input(shape)])
    builder.output(try resized(&builder, scores), name: "logits")
    let graph = builder.build()
    let stripped = try #require(graph.withoutFinalResize(of: "logits"))
    #expect(stripped.graph.kinds == ["convolution"] && stripped.graph.problems() == [])
    #expect(stripped.graph.outputs.map(\.name) == ["logits"] && stripped.graph.outputs[0].value == scores)
    #expect(stripped.size == (32, 24) && stripped.alignCorners)
    #expect(stripped.graph.optimized().values.count == 2)
    #expect(stripped.graph.withoutFinalResize(of: "logits") == nil)
  }

  @Test("other outputs keep their places, and may be the map before the resize")
  func keepsOthers() throws {
    var builder = GraphBuilder()
    let scores = try builder.add(.convolution(SampleLayers.convolution(4, 3)), name: "scores", inputs: [builder.input(shape)])
    builder.output(scores, name: "scores")
    builder.output(try resized(&builder, scores), name: "logits")
    builder.output(try resized(&builder, scores), name: "again")
    let stripped = try #require(builder.build().withoutFinalResize(of: "logits"))
    #expect(stripped.graph.outputs.map(\.name) == ["scores", "logits", "again"] && stripped.graph.problems() == [])
    #expect(stripped.graph.outputs[0].value == stripped.graph.outputs[1].value && stripped.graph.kinds == ["convolution", "resizeBilinear"])
  }

  @Test("a resize that is read elsewhere, has two names or is not last stays")
  func leavesAlone() throws {
    var builder = GraphBuilder()
    let input = builder.input(shape)
    let read = try resized(&builder, input)
    builder.output(read, name: "read")
    builder.output(try builder.add(.activation(.relu), name: "relu", inputs: [read]), name: "relu")
    let named = try resized(&builder, input)
    builder.output(named, name: "one")
    builder.output(named, name: "two")
    builder.output(input, name: "input")
    let graph = builder.build()
    for name in ["read", "relu", "one", "two", "input", "absent"] { #expect(graph.withoutFinalResize(of: name) == nil, "\(name)") }
  }
}
