import SegGraph
import SegTensor

/// Layers with simple numbers for tests of passes.
enum SampleLayers {
  /// A convolution whose weights are all `value`.
  static func convolution(_ inputs: Int, _ outputs: Int, kernel: Int = 1, value: Float = 1, bias: [Float]? = nil) -> Convolution {
    let weight = Tensor(shape: [outputs, inputs, kernel, kernel], floats: [Float](repeating: value, count: outputs * inputs * kernel * kernel))
    var convolution = Convolution(weight: weight, bias: bias.map { Tensor(shape: [$0.count], floats: $0) })
    convolution.padding = Padding(kernel / 2)
    return convolution
  }

  /// A transposed convolution of stride 2 whose weights count up.
  static func transposed(_ inputs: Int, _ outputs: Int, kernel: Int = 2, padding: Int = 0) -> TransposedConvolution {
    let count = inputs * outputs * kernel * kernel
    var convolution = TransposedConvolution(weight: Tensor(shape: [inputs, outputs, kernel, kernel], floats: (0..<count).map(Float.init)))
    convolution.stride = (2, 2)
    convolution.padding = Padding(padding)
    return convolution
  }

  /// Batch normalisation by vectors of one number, with variance 4 - epsilon: divides by two.
  static func halving(_ channels: Int, mean: Float = 1, shift: Float = 3) -> BatchNormalization {
    func vector(_ value: Float) -> Tensor { Tensor(shape: [channels], floats: [Float](repeating: value, count: channels)) }
    return BatchNormalization(scale: vector(1), shift: vector(shift), mean: vector(mean), variance: vector(4 - 1e-5))
  }
}

extension Graph {
  /// The operations' kinds in order: "convolution", "add"...
  var kinds: [String] { nodes.map { String(String(describing: $0.operation).prefix { $0 != "(" }) } }
}
