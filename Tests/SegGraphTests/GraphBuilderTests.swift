import SegBase
import SegGraph
import SegTensor
import Testing

@Suite struct GraphBuilderTests {
  @Test func keepsNodesInOrderWithStageAndShapes() throws {
    var builder = GraphBuilder()
    let input = builder.input(FeatureShape(height: 9, width: 7, channels: 3))
    builder.stage = .deep
    var convolution = SampleLayers.convolution(3, 8, kernel: 3)
    convolution.stride = (2, 2)
    let x = try builder.add(.convolution(convolution), name: "first", inputs: [input])
    #expect(builder.shape(of: x) == FeatureShape(height: 5, width: 4, channels: 8))
    builder.output(x, name: "x")
    let graph = builder.build()
    #expect(graph.nodes.map(\.name) == ["first"] && graph.nodes[0].stage == .deep)
    #expect(graph.outputs.map(\.name) == ["x"] && graph.problems() == [])
  }

  @Test func poolWithIndicesHasTwoOutputs() throws {
    var builder = GraphBuilder()
    let input = builder.input(FeatureShape(height: 7, width: 9, channels: 4))
    let (values, indices) = try builder.addMaxPoolWithIndices(PoolingWindow(kernel: 2, stride: 2), name: "pool", input: input)
    #expect(builder.shape(of: values) == FeatureShape(height: 3, width: 4, channels: 4) && builder.shape(of: indices) == builder.shape(of: values))
    let back = try builder.add(.maxUnpool(height: 7, width: 9), name: "unpool", inputs: [values, indices])
    #expect(builder.shape(of: back) == FeatureShape(height: 7, width: 9, channels: 4))
  }

  @Test func whatDoesNotFitIsThrownWithTheNodesName() {
    let shape = FeatureShape(height: 4, width: 4, channels: 3)
    let wrong: [Operation] = [
      .convolution(SampleLayers.convolution(4, 8)), .convolution(SampleLayers.convolution(3, 8, bias: [1])),
      .convolution(Convolution(weight: Tensor(shape: [3], floats: [1, 2, 3]))), .transposedConvolution(SampleLayers.transposed(4, 8)),
      .batchNormalization(SampleLayers.halving(5)), .activation(.prelu(slopes: [1, 2])), .padChannels(to: 2), .scaleShift(ScaleShift(scale: [1], shift: [1])),
      .maxPool(PoolingWindow(kernel: 5, stride: 1), keepsIndices: false), .resizeBilinear(height: 0, width: 4, alignCorners: false),
      .resizeBilinear(height: 1 << 40, width: 1 << 40, alignCorners: false),
    ]
    for operation in wrong {
      var builder = GraphBuilder()
      let input = builder.input(shape)
      let error = #expect(throws: InputError.self) { try builder.add(operation, name: "layer.7", inputs: [input]) }
      #expect(error?.subject == "layer.7")
    }
  }

  @Test func joinsAndSumsNeedMatchingMaps() throws {
    var builder = GraphBuilder()
    let one = builder.input(FeatureShape(height: 4, width: 4, channels: 3))
    let two = builder.input(FeatureShape(height: 4, width: 4, channels: 5))
    let three = builder.input(FeatureShape(height: 4, width: 5, channels: 3))
    let joined = try builder.add(.concatenate, name: "join", inputs: [one, two])
    #expect(builder.shape(of: joined).channels == 8)
    #expect(throws: InputError.self) { try builder.add(.concatenate, name: "join", inputs: [one, three]) }
    #expect(throws: InputError.self) { try builder.add(.add(activation: nil), name: "add", inputs: [one, two]) }
  }

  @Test func aWrongNumberOfInputsTraps() async {
    await #expect(processExitsWith: .failure) {
      var builder = GraphBuilder()
      let input = builder.input(FeatureShape(height: 4, width: 4, channels: 3))
      _ = try builder.add(.concatenate, name: "join", inputs: [input])
    }
  }
}
