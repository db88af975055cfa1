import SegTensor

extension Graph {
  /// Multiply-adds of all convolutions for one picture; twice that are floating-point operations.
  public var multiplyAccumulates: Int { nodes.reduce(0) { $0 + multiplyAccumulates(of: $1) } }

  /// Multiply-adds of one node; zero for what is not a convolution of either kind. Taps that fall on padding count. Maps
  /// that are enlarged on the way count as they are before.
  public func multiplyAccumulates(of node: Node) -> Int {
    switch node.operation {
    case .convolution(let convolution) where convolution.enlargement != nil: shape(of: node.inputs[0]).area * convolution.weight.count
    case .convolution(let convolution): shape(of: node.outputs[0]).count * convolution.weight.shape[1...].reduce(1, *)
    case .transposedConvolution(let convolution): shape(of: node.inputs[0]).count * convolution.weight.shape[1...].reduce(1, *)
    default: 0
    }
  }

  /// Weights, biases, normalisation vectors and slopes: the number of parameters, statistics included.
  public var parameterCount: Int { nodes.reduce(0) { $0 + $1.operation.parameterCount } }
}

extension Operation {
  /// Weights, biases, normalisation vectors and slopes.
  var parameterCount: Int {
    switch self {
    case .convolution(let convolution): convolution.weight.count + (convolution.bias?.count ?? 0) + convolution.postOperations.parameterCount
    case .transposedConvolution(let convolution): convolution.weight.count + (convolution.bias?.count ?? 0) + convolution.postOperations.parameterCount
    case .batchNormalization(let normalization): 4 * normalization.scale.count
    case .mapNormalization(let normalization): 2 * normalization.scale.count
    case .scaleShift(let affine): 2 * affine.scale.count + (affine.activation?.parameterCount ?? 0)
    case .activation(let activation): activation.parameterCount
    case .add(let activation): activation?.parameterCount ?? 0
    case .interleave(let interleave): interleave.activation?.parameterCount ?? 0
    case .resizedSum(let sum): sum.activation?.parameterCount ?? 0
    case .concatenate, .padChannels, .maxPool, .maxUnpool, .averagePool, .adaptiveAveragePool, .multiply, .softmax, .warp, .deformableSample, .gatherRegions,
      .attend, .resizeBilinear, .splitPositions, .convert:
      0
    }
  }
}

extension [PostOperation] {
  fileprivate var parameterCount: Int {
    reduce(0) { if case .activation(let activation) = $1 { $0 + activation.parameterCount } else { $0 } }
  }
}

extension Activation {
  fileprivate var parameterCount: Int {
    switch self {
    case .relu, .relu6, .sigmoid, .tanh: 0
    case .leakyRelu: 1
    case .prelu(let slopes): slopes.count
    }
  }
}
