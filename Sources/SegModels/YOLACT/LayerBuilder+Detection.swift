import SegBase
import SegGraph
import SegTensor

extension LayerBuilder {
  /// A square convolution to `channels` channels, or as many as the file says, with padding that keeps the size but for the stride, and an activation after
  /// it when one is given. With `isBiased` the file must have a bias.
  mutating func centredConvolution(
    _ name: String, _ input: ValueID, channels: Int, kernel: Int = 3, stride: Int = 1, groups: Int = 1, isBiased: Bool = true, activation: Activation? = nil
  ) throws(InputError) -> ValueID {
    let sum = try convolution(
      name, input, channels: channels, kernel: (kernel, kernel), stride: stride, padding: Padding(kernel / 2), groups: groups, needsBias: isBiased)
    guard let activation else { return sum }
    return try graph.add(.activation(activation), name: name + ".activation", inputs: [sum])
  }

  /// A modulated deformable 3x3 convolution (Zhu et al. 2019, arXiv 1811.11168) with bias; its offsets come from `<name>.conv_offset_mask`.
  ///
  /// It samples the map nine times and joins the samples with a 1x1 convolution.
  mutating func deformableConvolution(_ name: String, _ input: ValueID, channels: Int, stride: Int) throws(InputError) -> ValueID {
    let window = DeformableWindow(kernel: 3, stride: stride)
    let taps = window.kernel * window.kernel
    let offsets = try centredConvolution(name + ".conv_offset_mask", input, channels: 3 * taps, stride: stride)
    let samples = try graph.add(.deformableSample(window), name: name + ".samples", inputs: [input, offsets])
    let weight = parameters.tensor(name + ".weight", shape: [channels, graph.shape(of: input).channels, window.kernel, window.kernel], free: [0])
    let bias = parameters.tensor(name + ".bias", shape: [weight.shape[0]])
    return try graph.add(.convolution(Convolution(weight: weight.withTapsFirst, bias: bias)), name: name, inputs: [samples])
  }
}

extension Tensor {
  /// A convolution's weight (output, input, row, column) as that of a 1x1 convolution over joined samples: (output, (row, column, input), 1, 1).
  fileprivate var withTapsFirst: Tensor {
    let (outputs, inputs, taps) = (shape[0], shape[1], shape[2] * shape[3])
    return Tensor(shape: [outputs, taps * inputs, 1, 1]) { ordered in
      let values = floats()
      for output in 0..<outputs {
        for input in 0..<inputs {
          for tap in 0..<taps { ordered[(output * taps + tap) * inputs + input] = values[(output * inputs + input) * taps + tap] }
        }
      }
    }
  }
}
