import SegTensor

extension Graph {
  /// Puts each batch normalisation that directly follows a convolution or transposed convolution into its weights and bias.
  ///
  /// With g = scale / sqrt(variance + epsilon): weight' = weight * g per output channel, bias' = (bias - mean) * g + shift.
  public func foldingBatchNormalization() -> Graph {
    mergingPairs { first, second in
      guard case .batchNormalization(let normalization) = second else { return nil }
      let affine = normalization.affine
      switch first {
      case .convolution(var convolution):
        guard convolution.postOperations.isEmpty else { return nil }
        convolution.weight = convolution.weight.scaled(axis: 0, by: affine.scale)
        convolution.bias = Self.bias(convolution.bias, affine)
        return .convolution(convolution)
      case .transposedConvolution(var convolution):
        guard convolution.postOperations.isEmpty else { return nil }
        convolution.weight = convolution.weight.scaled(axis: 1, by: affine.scale)
        convolution.bias = Self.bias(convolution.bias, affine)
        return .transposedConvolution(convolution)
      default: return nil
      }
    }
  }

  /// Turns the batch normalisations that are left into scale and shift.
  public func loweringBatchNormalization() -> Graph {
    var graph = self
    for (index, node) in nodes.enumerated() {
      if case .batchNormalization(let normalization) = node.operation { graph.nodes[index].operation = .scaleShift(normalization.affine) }
    }
    return graph
  }

  private static func bias(_ bias: Tensor?, _ affine: ScaleShift) -> Tensor {
    let old = bias?.floats() ?? [Float](repeating: 0, count: affine.scale.count)
    return Tensor(shape: [old.count], floats: old.indices.map { old[$0] * affine.scale[$0] + affine.shift[$0] })
  }
}

extension BatchNormalization {
  /// The same function as one multiplication and one addition per channel; worked out in double precision.
  var affine: ScaleShift {
    let (scale, shift, mean, variance) = (scale.floats(), shift.floats(), mean.floats(), variance.floats())
    var result = ScaleShift(scale: scale, shift: shift)
    for channel in scale.indices {
      let factor = Double(scale[channel]) / (Double(variance[channel]) + Double(epsilon)).squareRoot()
      result.scale[channel] = Float(factor)
      result.shift[channel] = Float(Double(shift[channel]) - Double(mean[channel]) * factor)
    }
    return result
  }
}
