import SegGraph
import SegTensor

/// The weights of a convolution as those of 1x1 convolutions that make what each tap of the kernel multiplies. They are read once.
struct TapProducts {
  private let shape: [Int]
  /// Output channel, input channel, tap in reading order.
  private let values: [Float]

  init(_ convolution: Convolution) { (shape, values) = (convolution.weight.shape, convolution.weight.floats()) }

  /// The 1x1 convolution that makes the products for those output channels: tap by tap in reading order, and in each the channels.
  func convolution(ofChannels channels: Range<Int>) -> Convolution {
    let (inputs, taps) = (shape[1], shape[2] * shape[3])
    var products = [Float](repeating: 0, count: taps * channels.count * inputs)
    for tap in 0..<taps {
      for (place, channel) in channels.enumerated() {
        for input in 0..<inputs { products[(tap * channels.count + place) * inputs + input] = values[(channel * inputs + input) * taps + tap] }
      }
    }
    return Convolution(weight: Tensor(shape: [taps * channels.count, inputs, 1, 1], floats: products))
  }

  /// The convolution's weights as the bytes stand for them that the products' weights become for inputs of that format.
  func rounded(from format: ElementFormat) -> Tensor {
    let (channels, inputs, taps) = (shape[0], shape[1], shape[2] * shape[3])
    let products = convolution(ofChannels: 0..<channels)
    let rounded = ConvolutionSums(products, from: format, in: 1).roundedWeight(products.weight.shape, inputScale: format.scale).floats()
    var values = [Float](repeating: 0, count: rounded.count)
    for tap in 0..<taps {
      for channel in 0..<channels {
        for input in 0..<inputs { values[(channel * inputs + input) * taps + tap] = rounded[(tap * channels + channel) * inputs + input] }
      }
    }
    return Tensor(shape: shape, floats: values)
  }
}
