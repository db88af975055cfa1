import SegBase
import SegGraph
import SegTensor

/// Adds layers to a graph with their parameters from a checkpoint; nodes are named like the keys.
struct LayerBuilder {
  var graph: GraphBuilder
  let parameters: ParameterSource

  init(_ parameters: ParameterSource) {
    graph = GraphBuilder()
    self.parameters = parameters
  }

  /// A convolution to `channels` channels, or as many as the file says. Its bias is used when the file has one, which it must with `needsBias`.
  mutating func convolution(
    _ name: String, _ input: ValueID, channels: Int, kernel: (vertical: Int, horizontal: Int), stride: Int = 1, padding: Padding = Padding(0),
    dilation: Int = 1, groups: Int = 1, needsBias: Bool = false
  ) throws(InputError) -> ValueID {
    let shape = [channels, graph.shape(of: input).channels / groups, kernel.vertical, kernel.horizontal]
    let weight = parameters.tensor(name + ".weight", shape: shape, free: [0])
    let width = [weight.shape[0]]
    let bias = needsBias ? parameters.tensor(name + ".bias", shape: width) : parameters.optional(name + ".bias", shape: width)
    var convolution = Convolution(weight: weight, bias: bias)
    convolution.stride = (stride, stride)
    convolution.padding = padding
    convolution.dilation = (dilation, dilation)
    convolution.groups = groups
    return try graph.add(.convolution(convolution), name: name, inputs: [input])
  }

  /// A square convolution with padding that keeps the size but for the stride, the batch normalisation `normalization`, and a ReLU unless it is linear.
  mutating func normalizedConvolution(
    _ name: String, _ normalization: String, _ input: ValueID, channels: Int, kernel: Int = 1, stride: Int = 1, dilation: Int = 1, isLinear: Bool = false
  ) throws(InputError) -> ValueID {
    let padding = Padding(kernel / 2 * dilation)
    let sum = try convolution(name, input, channels: channels, kernel: (kernel, kernel), stride: stride, padding: padding, dilation: dilation)
    let normalized = try batchNormalization(normalization, sum)
    return isLinear ? normalized : try relu(normalization, normalized)
  }

  /// A square transposed convolution to `channels` channels, or as many as the file says, whose output is `size` (rows, columns).
  mutating func transposedConvolution(
    _ name: String, _ input: ValueID, channels: Int, kernel: Int, stride: Int = 2, padding: Int, size: (height: Int, width: Int)
  ) throws(InputError) -> ValueID {
    let shape = graph.shape(of: input)
    let weight = parameters.tensor(name + ".weight", shape: [shape.channels, channels, kernel, kernel], free: [1])
    var convolution = TransposedConvolution(weight: weight, bias: parameters.optional(name + ".bias", shape: [weight.shape[1]]))
    convolution.stride = (stride, stride)
    convolution.padding = Padding(padding)
    let reached = { (length: Int) in (length - 1) * stride - 2 * padding + kernel }
    convolution.outputPadding = (size.height - reached(shape.height), size.width - reached(shape.width))
    guard (0..<stride).contains(convolution.outputPadding.vertical), (0..<stride).contains(convolution.outputPadding.horizontal) else {
      throw InputError("the input's height and width do not suit this network", advice: "use multiples of 8")
    }
    return try graph.add(.transposedConvolution(convolution), name: name, inputs: [input])
  }

  /// Batch normalisation over the input's channels.
  mutating func batchNormalization(_ name: String, _ input: ValueID) throws(InputError) -> ValueID {
    let shape = [graph.shape(of: input).channels]
    let normalization = BatchNormalization(
      scale: parameters.tensor(name + ".weight", shape: shape), shift: parameters.tensor(name + ".bias", shape: shape),
      mean: parameters.tensor(name + ".running_mean", shape: shape), variance: parameters.tensor(name + ".running_var", shape: shape))
    return try graph.add(.batchNormalization(normalization), name: name, inputs: [input])
  }

  mutating func relu(_ name: String, _ input: ValueID) throws(InputError) -> ValueID {
    try graph.add(.activation(.relu), name: name, inputs: [input])
  }

  /// A PReLU with one slope, or one a channel.
  mutating func prelu(_ name: String, _ input: ValueID) throws(InputError) -> ValueID {
    let channels = graph.shape(of: input).channels
    let hasSlopePerChannel = channels > 1 && parameters.shape(of: name + ".weight") == [channels]
    let slopes = parameters.tensor(name + ".weight", shape: [hasSlopePerChannel ? channels : 1]).floats()
    let activation: Activation = hasSlopePerChannel ? .prelu(slopes: slopes) : .leakyRelu(slope: slopes[0])
    return try graph.add(.activation(activation), name: name, inputs: [input])
  }

  mutating func add(_ name: String, _ left: ValueID, _ right: ValueID) throws(InputError) -> ValueID {
    try graph.add(.add(activation: nil), name: name, inputs: [left, right])
  }

  /// Bilinear interpolation to `size` (rows, columns); the map itself where it has that size.
  mutating func resize(_ name: String, _ input: ValueID, to size: FeatureShape, alignCorners: Bool) throws(InputError) -> ValueID {
    let shape = graph.shape(of: input)
    if (shape.height, shape.width) == (size.height, size.width) { return input }
    return try graph.add(.resizeBilinear(height: size.height, width: size.width, alignCorners: alignCorners), name: name, inputs: [input])
  }
}
