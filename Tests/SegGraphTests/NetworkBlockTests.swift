import SegGraph
import SegTensor
import Testing

/// What the passes make of the blocks that networks consist of.
@Suite struct NetworkBlockTests {
  private var builder = GraphBuilder()

  private mutating func convolution(
    _ input: ValueID, to channels: Int, kernel: Int = 1, stride: Int = 1, groups: Int = 1, _ activation: Activation? = nil
  ) throws -> ValueID {
    var convolution = SampleLayers.convolution(builder.shape(of: input).channels / groups, channels, kernel: kernel)
    (convolution.stride, convolution.groups) = ((stride, stride), groups)
    var x = try builder.add(.convolution(convolution), name: "conv", inputs: [input])
    x = try builder.add(.batchNormalization(SampleLayers.halving(channels)), name: "bn", inputs: [x])
    return try activation.map { try builder.add(.activation($0), name: "activation", inputs: [x]) } ?? x
  }

  private func postOperations(_ graph: Graph) -> [[PostOperation]] { graph.nodes.compactMap(\.operation.postOperations) }

  @Test("a bottleneck becomes three convolutions; the last adds and cuts at zero")
  mutating func bottleneck() throws {
    let input = builder.input(FeatureShape(height: 8, width: 6, channels: 16))
    var x = try convolution(input, to: 4, .relu)
    x = try convolution(x, to: 4, kernel: 3, .relu)
    x = try convolution(x, to: 16)
    x = try builder.add(.add(activation: nil), name: "add", inputs: [x, input])
    builder.output(try builder.add(.activation(.relu), name: "relu", inputs: [x]), name: "x")
    let graph = builder.build().optimized()
    #expect(graph.kinds == ["convolution", "convolution", "convolution"] && graph.problems() == [])
    #expect(postOperations(graph) == [[.activation(.relu)], [.activation(.relu)], [.add(inputIndex: 1), .activation(.relu)]])
    #expect(graph.nodes[2].inputs[1] == graph.inputs[0])
  }

  @Test("a bottleneck with a downsampled side path becomes four convolutions")
  mutating func downsamplingBottleneck() throws {
    let input = builder.input(FeatureShape(height: 8, width: 6, channels: 8))
    var x = try convolution(input, to: 4, .relu)
    x = try convolution(x, to: 4, kernel: 3, stride: 2, .relu)
    x = try convolution(x, to: 16)
    let side = try convolution(input, to: 16, stride: 2)
    builder.output(try builder.add(.add(activation: .relu), name: "add", inputs: [x, side]), name: "x")
    let graph = builder.build().optimized()
    #expect(graph.kinds == ["convolution", "convolution", "convolution", "convolution"] && graph.problems() == [])
    #expect(postOperations(graph).last == [.add(inputIndex: 1), .activation(.relu)])
  }

  @Test("an inverted residual becomes three convolutions; the depthwise one takes its normalisation", arguments: [1, 2])
  mutating func invertedResidual(stride: Int) throws {
    let input = builder.input(FeatureShape(height: 8, width: 6, channels: 4))
    var x = try convolution(input, to: 24, .relu6)
    x = try convolution(x, to: 24, kernel: 3, stride: stride, groups: 24, .relu6)
    x = try convolution(x, to: 4)
    if stride == 1 { x = try builder.add(.add(activation: nil), name: "add", inputs: [input, x]) }
    builder.output(x, name: "x")
    let graph = builder.build().optimized()
    #expect(graph.kinds == ["convolution", "convolution", "convolution"] && graph.problems() == [])
    #expect(postOperations(graph) == [[.activation(.relu6)], [.activation(.relu6)], stride == 1 ? [.add(inputIndex: 1)] : []])
    guard case .convolution(let depthwise) = graph.nodes[1].operation else { return }
    // Weights of one are halved, and (0 - 1) / 2 + 3 is left of the mean and the shift.
    #expect(depthwise.weight.shape == [24, 1, 3, 3] && depthwise.weight.floats().allSatisfy { abs($0 - 0.5) < 1e-6 })
    #expect(depthwise.bias?.floats().allSatisfy { abs($0 - 2.5) < 1e-6 } == true)
  }

  @Test("a sum of three branches is one node with its ReLU, which enlarges them; the branches' normalisations go into their convolutions")
  mutating func sumOfBranches() throws {
    let fine = builder.input(FeatureShape(height: 8, width: 8, channels: 4))
    let maps = [builder.input(FeatureShape(height: 4, width: 4, channels: 8)), builder.input(FeatureShape(height: 2, width: 2, channels: 16))]
    var parts = [fine]
    for map in maps {
      let resize = Operation.resizeBilinear(height: 8, width: 8, alignCorners: false)
      parts.append(try builder.add(resize, name: "up", inputs: [try convolution(map, to: 4)]))
    }
    let sum = try builder.add(.add(activation: nil), name: "sum", inputs: parts)
    builder.output(try builder.add(.activation(.relu), name: "relu", inputs: [sum]), name: "x")
    let graph = builder.build().optimized()
    #expect(graph.kinds == ["convolution", "convolution", "resizedSum"] && graph.problems() == [])
    guard case .resizedSum(ResizedSum(height: 8, width: 8, alignCorners: false, activation: .relu)) = graph.nodes[2].operation else {
      Issue.record("the sum has no ReLU")
      return
    }
  }
}
