import SegGraph
import SegTensor
import Testing

private let shape = FeatureShape(height: 8, width: 6, channels: 4)

@Suite struct FoldBatchNormalizationTests {
  @Test func normalisationBecomesWeightsAndBias() throws {
    var builder = GraphBuilder()
    var x = try builder.add(.convolution(SampleLayers.convolution(4, 2, value: 6, bias: [1, 5])), name: "conv", inputs: [builder.input(shape)])
    x = try builder.add(.batchNormalization(SampleLayers.halving(2)), name: "bn", inputs: [x])
    builder.output(x, name: "x")
    let graph = builder.build().foldingBatchNormalization()
    #expect(graph.kinds == ["convolution"] && graph.problems() == [] && graph.nodes[0].name == "conv")
    guard case .convolution(let convolution) = graph.nodes[0].operation else { return }
    #expect(convolution.weight.floats().allSatisfy { abs($0 - 3) < 1e-6 })
    #expect(zip(convolution.bias?.floats() ?? [], [3, 5]).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test func transposedWeightsAreScaledAlongTheirSecondAxis() throws {
    var builder = GraphBuilder()
    var x = try builder.add(.transposedConvolution(SampleLayers.transposed(4, 3)), name: "up", inputs: [builder.input(shape)])
    var normalization = SampleLayers.halving(3)
    normalization.scale = Tensor(shape: [3], floats: [2, 4, 6])
    x = try builder.add(.batchNormalization(normalization), name: "bn", inputs: [x])
    builder.output(x, name: "x")
    let graph = builder.build().foldingBatchNormalization()
    guard case .transposedConvolution(let convolution) = graph.nodes[0].operation else {
      Issue.record("not folded")
      return
    }
    let old = SampleLayers.transposed(4, 3).weight.floats()
    for (index, value) in convolution.weight.floats().enumerated() { #expect(abs(value - old[index] * Float(index / 4 % 3 + 1)) < 1e-3) }
  }

  @Test func aConvolutionThatIsReadElsewhereStays() throws {
    var builder = GraphBuilder()
    let x = try builder.add(.convolution(SampleLayers.convolution(4, 4)), name: "conv", inputs: [builder.input(shape)])
    builder.output(try builder.add(.batchNormalization(SampleLayers.halving(4)), name: "bn", inputs: [x]), name: "x")
    builder.output(x, name: "y")
    let graph = builder.build()
    #expect(graph.foldingBatchNormalization().kinds == ["convolution", "batchNormalization"])
    #expect(graph.loweringBatchNormalization().kinds == ["convolution", "scaleShift"])
  }
}

@Suite struct FuseActivationTests {
  @Test func activationsJoinWhatTheyFollow() throws {
    var builder = GraphBuilder()
    let input = builder.input(shape)
    var x = try builder.add(.convolution(SampleLayers.convolution(4, 4)), name: "conv", inputs: [input])
    x = try builder.add(.activation(.relu), name: "relu", inputs: [x])
    x = try builder.add(.activation(.tanh), name: "tanh", inputs: [x])
    x = try builder.add(.add(activation: nil), name: "add", inputs: [x, input])
    x = try builder.add(.activation(.relu), name: "relu", inputs: [x])
    builder.output(x, name: "x")
    let graph = builder.build().fusingActivations()
    #expect(graph.kinds == ["convolution", "add"] && graph.problems() == [])
    #expect(graph.nodes[0].operation.postOperations == [.activation(.relu), .activation(.tanh)])
  }

  @Test func nothingIsFusedAcrossStages() throws {
    var builder = GraphBuilder()
    var x = try builder.add(.convolution(SampleLayers.convolution(4, 4)), name: "conv", inputs: [builder.input(shape)])
    builder.stage = .deep
    x = try builder.add(.activation(.relu), name: "relu", inputs: [x])
    builder.output(x, name: "x")
    #expect(builder.build().fusingActivations().nodes.count == 2)
  }
}

@Suite struct FuseResidualTests {
  @Test func theLaterConvolutionTakesTheSum() throws {
    var builder = GraphBuilder()
    let input = builder.input(shape)
    let left = try builder.add(.convolution(SampleLayers.convolution(4, 4)), name: "left", inputs: [input])
    let right = try builder.add(.convolution(SampleLayers.convolution(4, 4)), name: "right", inputs: [input])
    builder.output(try builder.add(.add(activation: .relu), name: "add", inputs: [right, left]), name: "x")
    let graph = builder.build().fusingResiduals()
    #expect(graph.nodes.map(\.name) == ["left", "right"] && graph.problems() == [])
    #expect(graph.nodes[1].operation.postOperations == [.add(inputIndex: 1), .activation(.relu)] && graph.nodes[1].inputs[1] == graph.nodes[0].outputs[0])
  }

  @Test func aSumOfAMapWithItselfStays() throws {
    var builder = GraphBuilder()
    let x = try builder.add(.convolution(SampleLayers.convolution(4, 4)), name: "conv", inputs: [builder.input(shape)])
    builder.output(try builder.add(.add(activation: nil), name: "add", inputs: [x, x]), name: "x")
    #expect(builder.build().fusingResiduals().kinds == ["convolution", "add"])
  }

  @Test func aConvolutionTakesOneSum() throws {
    var builder = GraphBuilder()
    let input = builder.input(shape)
    let pooled = try builder.add(.maxPool(PoolingWindow(kernel: 1, stride: 1), keepsIndices: false), name: "pool", inputs: [input])
    let made = try builder.add(.convolution(SampleLayers.convolution(4, 4)), name: "conv", inputs: [input])
    let sum = try builder.add(.add(activation: nil), name: "first", inputs: [input, made])
    builder.output(try builder.add(.add(activation: .relu), name: "second", inputs: [sum, pooled]), name: "x")
    let graph = builder.build().fusingResiduals()
    #expect(graph.nodes.map(\.name) == ["pool", "conv", "second"] && graph.problems() == [])
    #expect(graph.nodes[1].operation.postOperations == [.add(inputIndex: 1)])
  }
}

@Suite struct DistributeOverConcatenationTests {
  @Test func eachPartGetsItsChannels() throws {
    var builder = GraphBuilder()
    let input = builder.input(shape)
    let left = try builder.add(.convolution(SampleLayers.convolution(4, 2)), name: "conv", inputs: [input])
    let joined = try builder.add(.concatenate, name: "join", inputs: [left, input])
    builder.output(try builder.add(.activation(.prelu(slopes: [1, 2, 3, 4, 5, 6])), name: "prelu", inputs: [joined]), name: "x")
    let graph = builder.build().distributingOverConcatenation()
    #expect(graph.kinds == ["convolution", "activation", "activation", "concatenate"] && graph.problems() == [])
    guard case .activation(.prelu(let first)) = graph.nodes[1].operation, case .activation(.prelu(let second)) = graph.nodes[2].operation else { return }
    #expect(first == [1, 2] && second == [3, 4, 5, 6])
  }

  @Test func nothingMovesWithoutAConvolution() throws {
    var builder = GraphBuilder()
    let input = builder.input(shape)
    let joined = try builder.add(.concatenate, name: "join", inputs: [input, input])
    builder.output(try builder.add(.activation(.relu), name: "relu", inputs: [joined]), name: "x")
    #expect(builder.build().distributingOverConcatenation().kinds == ["concatenate", "activation"])
  }
}

@Suite struct RemoveDeadNodesTests {
  @Test func unreadNodesAndIndicesGo() throws {
    var builder = GraphBuilder()
    let input = builder.input(shape)
    let unused = builder.input(shape)
    let (values, _) = try builder.addMaxPoolWithIndices(PoolingWindow(kernel: 2, stride: 2), name: "pool", input: input)
    _ = try builder.add(.activation(.relu), name: "unread", inputs: [unused])
    builder.output(values, name: "x")
    let graph = builder.build().removingDeadNodes()
    #expect(graph.nodes.map(\.name) == ["pool"] && graph.nodes[0].outputs.count == 1 && graph.inputs.count == 2 && graph.problems() == [])
  }
}

@Suite struct LowerTransposedConvolutionTests {
  @Test func blocksAndChannelsAddUp() throws {
    for (kernel, padding, extra) in [(2, 0, 0), (2, 0, 1), (3, 1, 0), (3, 1, 1), (4, 1, 0)] {
      var builder = GraphBuilder()
      var convolution = SampleLayers.transposed(4, 3, kernel: kernel, padding: padding)
      convolution.outputPadding = (extra, extra)
      builder.output(try builder.add(.transposedConvolution(convolution), name: "up", inputs: [builder.input(shape)]), name: "x")
      let graph = builder.build()
      let lowered = graph.loweringTransposedConvolutions()
      #expect(lowered.kinds == ["convolution", "splitPositions", "interleave"] && lowered.problems() == [])
      #expect(lowered.shape(of: lowered.outputs[0].value) == graph.shape(of: graph.outputs[0].value))
    }
  }

  @Test func pointwiseConvolutionsMoveBeforeTheInterleave() throws {
    var builder = GraphBuilder()
    var x = try builder.add(.transposedConvolution(SampleLayers.transposed(4, 3)), name: "up", inputs: [builder.input(shape)])
    x = try builder.add(.convolution(SampleLayers.convolution(3, 5)), name: "one", inputs: [x])
    x = try builder.add(.convolution(SampleLayers.convolution(5, 5, kernel: 3)), name: "three", inputs: [x])
    builder.output(x, name: "x")
    let graph = builder.build().loweringTransposedConvolutions().sinkingInterleaves()
    #expect(graph.nodes.map(\.name) == ["up", "up", "one", "up", "three"] && graph.problems() == [])
  }
}

@Suite struct GraphCostTests {
  @Test func countsMultiplyAddsAndParameters() throws {
    var builder = GraphBuilder()
    var x = try builder.add(.convolution(SampleLayers.convolution(4, 2, kernel: 3, bias: [1, 2])), name: "conv", inputs: [builder.input(shape)])
    x = try builder.add(.batchNormalization(SampleLayers.halving(2)), name: "bn", inputs: [x])
    x = try builder.add(.transposedConvolution(SampleLayers.transposed(2, 3)), name: "up", inputs: [x])
    builder.output(x, name: "x")
    let graph = builder.build()
    #expect(graph.multiplyAccumulates == 48 * 4 * 2 * 9 + 48 * 2 * 3 * 4)
    #expect(graph.parameterCount == 72 + 2 + 8 + 24)
  }
}
