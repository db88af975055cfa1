import SegBase
import SegGraph
import SegTensor

extension LayerBuilder {
  /// A convolution with a square kernel whose padding keeps the size at stride 1, and an activation after it when one is given.
  ///
  /// It has `channels` output channels or as many as the file says. With `isBiased` the file must have a bias, without it must not matter: none is used.
  mutating func centredConvolution(
    _ name: String, _ input: ValueID, channels: Int, kernel: Int = 3, stride: Int = 1, isBiased: Bool = true, activation: Activation? = nil
  ) throws(InputError) -> ValueID {
    let weight = parameters.tensor(name + ".weight", shape: [channels, graph.shape(of: input).channels, kernel, kernel], free: [0])
    var convolution = Convolution(weight: weight)
    if isBiased { convolution.bias = parameters.tensor(name + ".bias", shape: [weight.shape[0]]) }
    convolution.stride = (stride, stride)
    convolution.padding = Padding(kernel / 2)
    let sum = try graph.add(.convolution(convolution), name: name, inputs: [input])
    guard let activation else { return sum }
    return try graph.add(.activation(activation), name: name + ".activation", inputs: [sum])
  }

  /// A 3x3 convolution without bias that sees one channel at a time.
  mutating func depthwiseConvolution(_ name: String, _ input: ValueID, stride: Int) throws(InputError) -> ValueID {
    let channels = graph.shape(of: input).channels
    var convolution = Convolution(weight: parameters.tensor(name + ".weight", shape: [channels, 1, 3, 3]))
    convolution.stride = (stride, stride)
    convolution.padding = Padding(1)
    convolution.groups = channels
    return try graph.add(.convolution(convolution), name: name, inputs: [input])
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

  /// Bilinear interpolation to the height and width of another map, corners not aligned.
  mutating func resize(_ name: String, _ input: ValueID, toSizeOf other: ValueID) throws(InputError) -> ValueID {
    let (size, own) = (graph.shape(of: other), graph.shape(of: input))
    if (size.height, size.width) == (own.height, own.width) { return input }
    return try graph.add(.resizeBilinear(height: size.height, width: size.width, alignCorners: false), name: name, inputs: [input])
  }
}

extension Tensor {
  /// A convolution's weight (output, input, row, column) as that of a 1x1 convolution over joined samples: (output, (row, column, input), 1, 1).
  fileprivate var withTapsFirst: Tensor {
    let (outputs, inputs, taps) = (shape[0], shape[1], shape[2] * shape[3])
    let values = floats()
    var ordered = [Float](repeating: 0, count: values.count)
    for output in 0..<outputs {
      for input in 0..<inputs {
        for tap in 0..<taps { ordered[(output * taps + tap) * inputs + input] = values[(output * inputs + input) * taps + tap] }
      }
    }
    return Tensor(shape: [outputs, taps * inputs, 1, 1], floats: ordered)
  }
}
