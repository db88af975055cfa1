import Foundation
import SegGraph
import SegTensor

extension Reference {
  /// Applies what follows a convolution's sum, in order.
  static func post(_ operations: [PostOperation], _ map: FeatureMap, _ inputs: [FeatureMap]) -> FeatureMap {
    operations.reduce(map) { map, operation in
      switch operation {
      case .activation(let activation): self.activation(map, activation)
      case .add(let index): add([map, inputs[index]], nil)
      }
    }
  }

  /// Applies an activation to every element.
  static func activation(_ map: FeatureMap, _ activation: Activation) -> FeatureMap {
    FeatureMap(map.shape, values: map.values.indices.map { apply(activation, map.values[$0], channel: $0 % map.shape.channels) })
  }

  /// The activation of one element.
  static func apply(_ activation: Activation, _ x: Float, channel: Int) -> Float {
    switch activation {
    case .relu: max(x, 0)
    case .relu6: min(max(x, 0), 6)
    case .leakyRelu(let slope): x > 0 ? x : slope * x
    case .prelu(let slopes): x > 0 ? x : slopes[channel] * x
    case .sigmoid: Float(1 / (1 + exp(-Double(x))))
    case .tanh: Float(Foundation.tanh(Double(x)))
    }
  }

  /// The sum of maps of one shape, with an activation when there is one.
  static func add(_ inputs: [FeatureMap], _ activation: Activation?) -> FeatureMap {
    var sum = inputs[0]
    for input in inputs.dropFirst() { for index in sum.values.indices { sum.values[index] += input.values[index] } }
    return activation.map { self.activation(sum, $0) } ?? sum
  }

  /// The products of two maps' elements.
  static func multiply(_ left: FeatureMap, _ right: FeatureMap) -> FeatureMap {
    FeatureMap(left.shape, values: zip(left.values, right.values).map { $0 * $1 })
  }

  /// Batch normalisation by its definition.
  static func batchNormalization(_ map: FeatureMap, _ normalization: BatchNormalization) -> FeatureMap {
    let (scale, shift) = (normalization.scale.floats(), normalization.shift.floats())
    let (mean, variance) = (normalization.mean.floats(), normalization.variance.floats())
    return FeatureMap(
      map.shape,
      values: map.values.indices.map { index in
        let channel = index % map.shape.channels
        let deviation = (Double(variance[channel]) + Double(normalization.epsilon)).squareRoot()
        return Float(Double(scale[channel]) * (Double(map.values[index]) - Double(mean[channel])) / deviation + Double(shift[channel]))
      })
  }

  /// scale * x + shift per channel, then the activation.
  static func scaleShift(_ map: FeatureMap, _ affine: ScaleShift) -> FeatureMap {
    let channels = map.shape.channels
    let result = FeatureMap(map.shape, values: map.values.indices.map { affine.scale[$0 % channels] * map.values[$0] + affine.shift[$0 % channels] })
    return affine.activation.map { activation(result, $0) } ?? result
  }
}
