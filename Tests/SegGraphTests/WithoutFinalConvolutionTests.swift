import SegGraph
import SegTensor
import Testing

@testable import SegGraph

private let shape = FeatureShape(height: 8, width: 6, channels: 4)

@Suite struct WithoutFinalConvolutionTests {
  private func convolution(_ builder: inout GraphBuilder, _ input: ValueID, to channels: Int, name: String = "scores") throws -> ValueID {
    let inputs = builder.shape(of: input).channels
    return try builder.add(.convolution(SampleLayers.convolution(inputs, channels, kernel: 3)), name: name, inputs: [input])
  }

  @Test("what the convolution reads becomes the output")
  func cuts() throws {
    var builder = GraphBuilder()
    let features = try convolution(&builder, builder.input(shape), to: 5, name: "features")
    builder.output(try convolution(&builder, features, to: 3), name: "logits")
    let (graph, last) = try #require(builder.build().withoutFinalConvolution(of: "logits"))
    #expect(graph.nodes.map(\.name) == ["features"] && graph.problems() == [] && graph.values.count == 2)
    #expect(graph.outputs.map(\.name) == ["logits"] && graph.outputs[0].value == last.input && graph.shape(of: last.input).channels == 5)
    #expect(last.node.name == "scores" && last.made == FeatureShape(height: 8, width: 6, channels: 3) && last.output == last.made)
  }

  @Test("the positions of blocks may be split")
  func cutsSplitPositions() throws {
    var builder = GraphBuilder()
    let transposed = try builder.add(
      .transposedConvolution(SampleLayers.transposed(4, 3)), name: "scores", inputs: [try convolution(&builder, builder.input(shape), to: 4, name: "features")])
    builder.output(transposed, name: "logits")
    let blocks = try #require(builder.build().withoutFinalInterleave(of: "logits")).graph
    let (graph, last) = try #require(blocks.withoutFinalConvolution(of: "logits"))
    #expect(graph.kinds == ["convolution"] && graph.problems() == [])
    #expect(last.made == FeatureShape(height: 8, width: 6, channels: 12) && last.output == FeatureShape(height: 8, width: 24, channels: 3))
  }

  @Test("what another node or name needs stays, and so does what is more than a convolution into floats")
  func leavesAlone() throws {
    var builder = GraphBuilder()
    let input = builder.input(shape)
    let read = try convolution(&builder, input, to: 3)
    builder.output(read, name: "read")
    builder.output(try builder.add(.activation(.relu), name: "relu", inputs: [read]), name: "relu")
    let named = try convolution(&builder, input, to: 3)
    builder.output(named, name: "one")
    builder.output(named, name: "two")
    builder.output(input, name: "input")
    var activated = SampleLayers.convolution(4, 3)
    activated.postOperations = [.activation(.relu)]
    builder.output(try builder.add(.convolution(activated), name: "activated", inputs: [input]), name: "activated")
    builder.output(try convolution(&builder, input, to: 3), name: "bytes")
    var graph = builder.build()
    graph.values[try #require(graph.outputs.last).value.index].format = .bfloat16
    for name in ["read", "relu", "one", "two", "input", "activated", "bytes", "absent"] {
      #expect(graph.withoutFinalConvolution(of: name) == nil, "\(name)")
    }
  }
}
