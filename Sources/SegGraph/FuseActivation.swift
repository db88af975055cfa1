extension Graph {
  /// Puts each activation that directly follows a convolution, a sum, an interleave or a scale and shift into that node.
  public func fusingActivations() -> Graph {
    mergingPairs { first, second in
      guard case .activation(let activation) = second else { return nil }
      switch first {
      case .convolution(var convolution):
        convolution.postOperations.append(.activation(activation))
        return .convolution(convolution)
      case .transposedConvolution(var convolution):
        convolution.postOperations.append(.activation(activation))
        return .transposedConvolution(convolution)
      case .add(activation: nil): return .add(activation: activation)
      case .scaleShift(var affine):
        guard affine.activation == nil else { return nil }
        affine.activation = activation
        return .scaleShift(affine)
      case .interleave(var interleave):
        guard interleave.activation == nil else { return nil }
        interleave.activation = activation
        return .interleave(interleave)
      default: return nil
      }
    }
  }
}
