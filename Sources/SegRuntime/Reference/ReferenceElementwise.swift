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

  /// A normalisation of each channel by its own mean and variance.
  static func mapNormalization(_ map: FeatureMap, _ normalization: MapNormalization) -> FeatureMap {
    var output = map
    let (scale, shift, channels) = (normalization.scale.floats(), normalization.shift.floats(), map.shape.channels)
    for channel in 0..<channels {
      let places = stride(from: channel, to: map.values.count, by: channels)
      let count = Double(map.values.count / channels)
      let mean = places.reduce(0) { $0 + Double(map.values[$1]) } / count
      let variance = places.reduce(0) { $0 + (Double(map.values[$1]) - mean) * (Double(map.values[$1]) - mean) } / count
      let factor = Double(scale[channel]) / (variance + Double(normalization.epsilon)).squareRoot()
      for place in places { output.values[place] = Float((Double(map.values[place]) - mean) * factor) + shift[channel] }
    }
    return output
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
