import SegBase
import SegTensor

extension Graph {
  /// Turns each transposed convolution with equal steps into a convolution that makes a block of output positions at once, and an interleave.
  ///
  /// With u = output row + padding, q = u / stride, r = u % stride, the output is the sum over j of weight[r + stride * j] * input[q - j] along each axis:
  /// a convolution with stride 1, ceil(kernel / stride) taps and stride² times the channels. Libraries run convolutions far better than transposed ones.
  public func loweringTransposedConvolutions() -> Graph {
    var graph = self
    graph.nodes = []
    for node in nodes {
      guard case .transposedConvolution(let transposed) = node.operation,
        let lowered = BlockConvolution(transposed, from: shape(of: node.inputs[0]), to: shape(of: node.outputs[0])),
        node.inputs.count == 1
      else {
        graph.nodes.append(node)
        continue
      }
      let blocks = graph.append(lowered.convolution, node, node.inputs, lowered.shape)
      let split = FeatureShape(
        height: lowered.shape.height, width: lowered.shape.width * lowered.positions, channels: lowered.shape.channels / lowered.positions)
      let positions = graph.append(.splitPositions(by: lowered.positions), node, [blocks], split)
      var last = node
      (last.operation, last.inputs) = (.interleave(lowered.interleave), [positions])
      graph.nodes.append(last)
    }
    return graph
  }

  /// Adds a node named and staged like `node`, with one new value.
  private mutating func append(_ operation: Operation, _ node: Node, _ inputs: [ValueID], _ shape: FeatureShape) -> ValueID {
    values.append(GraphValue(shape: shape))
    let value = ValueID(index: values.count - 1)
    nodes.append(Node(name: node.name, operation: operation, inputs: inputs, outputs: [value], stage: node.stage))
    return value
  }
}

/// The convolution and the interleave that together are a transposed convolution.
private struct BlockConvolution {
  let convolution: Operation
  let interleave: Interleave
  /// The convolution's output.
  let shape: FeatureShape
  /// Positions of a block.
  let positions: Int

  init?(_ transposed: TransposedConvolution, from input: FeatureShape, to output: FeatureShape) {
    let stride = transposed.stride.vertical
    let (kernelHeight, kernelWidth) = (transposed.weight.shape[2], transposed.weight.shape[3])
    guard transposed.stride.horizontal == stride, transposed.postOperations.allSatisfy(\.isActivation),
      let vertical = BlockAxis(kernel: kernelHeight, stride: stride, padding: transposed.padding.top, input: input.height, output: output.height),
      let horizontal = BlockAxis(kernel: kernelWidth, stride: stride, padding: transposed.padding.left, input: input.width, output: output.width)
    else { return nil }
    positions = stride * stride
    shape = FeatureShape(height: vertical.blocks, width: horizontal.blocks, channels: output.channels * positions)

    var weight = [Float](repeating: 0, count: shape.channels * input.channels * vertical.taps * horizontal.taps)
    let old = transposed.weight.floats()
    for inner in 0..<input.channels {
      for channel in 0..<output.channels {
        for row in 0..<kernelHeight {
          for column in 0..<kernelWidth {
            let made = (row % stride * stride + column % stride) * output.channels + channel
            let (tapRow, tapColumn) = (vertical.taps - 1 - row / stride, horizontal.taps - 1 - column / stride)
            weight[((made * input.channels + inner) * vertical.taps + tapRow) * horizontal.taps + tapColumn] =
              old[((inner * output.channels + channel) * kernelHeight + row) * kernelWidth + column]
          }
        }
      }
    }
    let bias = transposed.bias.map { [positions] bias in Tensor(shape: [bias.count * positions], floats: (0..<positions).flatMap { _ in bias.floats() }) }
    var made = Convolution(weight: Tensor(shape: [shape.channels, input.channels, vertical.taps, horizontal.taps], floats: weight), bias: bias)
    made.padding = Padding(top: vertical.before, bottom: vertical.after, left: horizontal.before, right: horizontal.after)
    made.postOperations = transposed.postOperations.map { [positions] in $0.repeated(positions) }
    convolution = .convolution(made)
    interleave = Interleave(block: stride, offset: (vertical.offset, horizontal.offset), height: output.height, width: output.width)
  }
}

/// One axis of a transposed convolution as a convolution that makes blocks.
private struct BlockAxis {
  /// Taps of the convolution, blocks it makes, padding before and after its input, and positions of the first block that are cut off.
  let taps, blocks, before, after, offset: Int

  /// Nil where the padding would be negative.
  init?(kernel: Int, stride: Int, padding: Int, input: Int, output: Int) {
    taps = (kernel + stride - 1) / stride
    let (first, last) = (padding / stride, (output - 1 + padding) / stride)
    blocks = last - first + 1
    before = taps - 1 - first
    after = last - (input - 1)
    offset = padding % stride
    guard before >= 0, after >= 0 else { return nil }
  }
}

extension PostOperation {
  fileprivate var isActivation: Bool { if case .activation = self { true } else { false } }

  fileprivate func repeated(_ count: Int) -> PostOperation {
    guard case .activation(.prelu(let slopes)) = self else { return self }
    return .activation(.prelu(slopes: (0..<count).flatMap { _ in slopes }))
  }
}
