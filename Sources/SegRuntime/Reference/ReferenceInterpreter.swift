public import SegGraph
internal import SegTensor

/// Runs a graph node by node with plain loops: slow, and the measure of what every fast path must give.
public struct ReferenceInterpreter {
  private let graph: Graph

  /// Makes an interpreter for a graph, optimised or not.
  public init(graph: Graph) { self.graph = graph }

  /// Runs the graph once. `inputs` are the graph's inputs in order, each height x width x channels; the result holds each output by its name.
  public func run(inputs: [[Float]]) -> [String: [Float]] {
    precondition(inputs.count == graph.inputs.count, "one array for each input")
    var maps = [FeatureMap?](repeating: nil, count: graph.values.count)
    for (value, input) in zip(graph.inputs, inputs) { maps[value.index] = FeatureMap(graph.shape(of: value), values: input) }
    for node in graph.nodes {
      let read = node.inputs.map { input -> FeatureMap in
        guard let map = maps[input.index] else { preconditionFailure("a node reads a value that is not made") }
        return map
      }
      let shapes = node.outputs.map { graph.shape(of: $0) }
      for (output, map) in zip(node.outputs, Self.evaluate(weightsRounded(node), read, shapes)) { maps[output.index] = stored(map, output) }
    }
    return Dictionary(uniqueKeysWithValues: graph.outputs.map { ($0.name, maps[$0.value.index]?.values ?? []) })
  }

  /// The map as it is once it was stored in the value's format.
  private func stored(_ map: FeatureMap, _ value: ValueID) -> FeatureMap {
    let (format, isIndices) = (graph.values[value.index].format, graph.values[value.index].isIndices)
    return isIndices || format == .float32 ? map : FeatureMap(graph.shape(of: value), values: map.values.map { format.rounded($0) })
  }

  /// The node's operation with the weights that a convolution of its input's precision has.
  private func weightsRounded(_ node: Node) -> Operation {
    guard case .convolution(var convolution) = node.operation else { return node.operation }
    let format = graph.values[node.inputs[0].index].format
    switch format.precision {
    case .float32: return node.operation
    case .bfloat16: convolution.weight = Tensor(shape: convolution.weight.shape, floats: convolution.weight.floats().map { format.rounded($0) })
    case .int8 where convolution.enlargement != nil: convolution.weight = TapProducts(convolution).rounded(from: format)
    case .int8: convolution.weight = ConvolutionSums(convolution, from: format, in: 1).roundedWeight(convolution.weight.shape, inputScale: format.scale)
    }
    return .convolution(convolution)
  }

  /// The outputs of one operation; indices travel as the bit patterns of floats.
  private static func evaluate(_ operation: Operation, _ inputs: [FeatureMap], _ shapes: [FeatureShape]) -> [FeatureMap] {
    switch operation {
    case .convolution(let convolution):
      [
        Reference.post(
          convolution.postOperations, Reference.convolution(Reference.enlarged(inputs[0], convolution.enlargement), convolution, shapes[0]), inputs)
      ]
    case .transposedConvolution(let convolution):
      [Reference.post(convolution.postOperations, Reference.transposedConvolution(inputs[0], convolution, shapes[0]), inputs)]
    case .batchNormalization(let normalization): [Reference.batchNormalization(inputs[0], normalization)]
    case .mapNormalization(let normalization): [Reference.mapNormalization(inputs[0], normalization)]
    case .scaleShift(let affine): [Reference.scaleShift(inputs[0], affine)]
    case .activation(let activation): [Reference.activation(inputs[0], activation)]
    case .add(let activation): [Reference.add(inputs, activation)]
    case .concatenate: [Reference.concatenate(inputs, shapes[0])]
    case .padChannels: [Reference.padChannels(inputs[0], shapes[0])]
    case .maxPool(let window, let keepsIndices): Reference.maxPool(inputs[0], window, shapes[0], keepsIndices: keepsIndices)
    case .maxUnpool: [Reference.maxUnpool(inputs[0], indices: inputs[1], shapes[0])]
    case .averagePool(let window): [Reference.averagePool(inputs[0], window, shapes[0])]
    case .adaptiveAveragePool: [Reference.adaptiveAveragePool(inputs[0], shapes[0])]
    case .multiply: [Reference.multiply(inputs[0], inputs[1])]
    case .softmax(let groups): [Reference.softmax(inputs[0], groups: groups)]
    case .warp(let scale): [Reference.warp(inputs[0], flow: inputs[1], scale: scale)]
    case .deformableSample(let window): [Reference.deformableSample(inputs[0], offsets: inputs[1], window, shapes[0])]
    case .gatherRegions: [Reference.gatherRegions(inputs[0], logits: inputs[1], shapes[0])]
    case .attend(let scale): [Reference.attend(inputs[0], keys: inputs[1], values: inputs[2], scale: scale, shapes[0])]
    case .resizeBilinear(_, _, let alignCorners): [Reference.resizeBilinear(inputs[0], shapes[0], alignCorners: alignCorners)]
    case .resizedSum(let sum): [Reference.resizedSum(inputs, sum, shapes[0])]
    case .splitPositions: [FeatureMap(shapes[0], values: inputs[0].values)]
    case .interleave(let interleave): [Reference.interleave(inputs, interleave, shapes[0])]
    case .convert: [inputs[0]]
    }
  }
}

/// The operations as plain loops, one file each.
enum Reference {}
