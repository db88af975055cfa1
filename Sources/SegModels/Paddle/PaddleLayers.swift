import SegBase
import SegGraph
import SegTensor

/// Adds layers to a graph as PaddleSeg's networks have them: a convolution and its batch normalisation under one name, padding that may be one-sided.
struct PaddleLayers {
  /// What is around a map before a convolution's window slides over it.
  enum Border {
    /// See `Padding.same`.
    case same
    /// Half the kernel's reach on every side.
    case half
    /// Nothing.
    case none
  }

  var layers: LayerBuilder
  /// What the convolution's key has after the layer's name.
  var convolutionSuffix = "._conv"
  /// What the batch normalisation's keys have after the layer's name.
  var normalizationSuffix = "._batch_norm"

  init(_ parameters: ParameterSource) { layers = LayerBuilder(parameters) }

  var parameters: ParameterSource { layers.parameters }

  func shape(of value: ValueID) -> FeatureShape { layers.graph.shape(of: value) }

  /// A square convolution to `channels` channels, or as many as the file says; a depthwise one when `channels` is nil. Its bias is used when the file has one,
  /// which it must with `needsBias`.
  mutating func convolution(
    _ name: String, _ input: ValueID, channels: Int?, kernel: Int = 1, stride: Int = 1, dilation: Int = 1, border: Border = .same, needsBias: Bool = false
  ) throws(InputError) -> ValueID {
    let shape = shape(of: input)
    let padding: Padding =
      switch border {
      case .same: .same(shape, kernel: kernel, stride: stride, dilation: dilation)
      case .half: Padding((kernel - 1) / 2 * dilation)
      case .none: Padding(0)
      }
    return try layers.convolution(
      name, input, channels: channels ?? shape.channels, kernel: (kernel, kernel), stride: stride, padding: padding, dilation: dilation,
      groups: channels == nil ? shape.channels : 1, needsBias: needsBias)
  }

  /// A convolution as `convolution` makes it, batch normalisation, and an activation when there is one.
  mutating func step(
    _ name: String, _ input: ValueID, channels: Int?, kernel: Int = 1, stride: Int = 1, dilation: Int = 1, border: Border = .same,
    activation: Activation? = .relu
  ) throws(InputError) -> ValueID {
    let x = try convolution(
      name + convolutionSuffix, input, channels: channels, kernel: kernel, stride: stride, dilation: dilation, border: border)
    let normalized = try layers.batchNormalization(name + normalizationSuffix, x)
    guard let activation else { return normalized }
    return try layers.graph.add(.activation(activation), name: name, inputs: [normalized])
  }

  /// PaddleSeg 2's depthwise separable convolution of 3x3, padded on every side: no activation between its halves, the second of which is spelt that way.
  mutating func separable(_ name: String, _ input: ValueID, channels: Int, stride: Int = 1, dilation: Int = 1) throws(InputError) -> ValueID {
    let x = try step(
      "\(name).depthwise_conv", input, channels: nil, kernel: 3, stride: stride, dilation: dilation, border: .half, activation: nil)
    return try step("\(name).piontwise_conv", x, channels: channels)
  }

  /// The sum of two or more maps, then a ReLU unless `isRectified` is false.
  mutating func sum(_ name: String, _ inputs: [ValueID], isRectified: Bool = true) throws(InputError) -> ValueID {
    let sum = inputs.count == 1 ? inputs[0] : try layers.graph.add(.add(activation: nil), name: name, inputs: inputs)
    return isRectified ? try layers.relu(name, sum) : sum
  }

  mutating func concatenation(_ name: String, _ inputs: [ValueID]) throws(InputError) -> ValueID {
    try layers.graph.add(.concatenate, name: name, inputs: inputs)
  }

  /// The scores of each class: a convolution with a bias and nothing after it.
  mutating func classifier(_ name: String, _ input: ValueID, classCount: Int, kernel: Int = 1) throws(InputError) -> ValueID {
    try convolution(name, input, channels: classCount, kernel: kernel, needsBias: true)
  }

  /// Bilinear interpolation to the height and width of `shape`; nothing where the map has them.
  mutating func resize(_ name: String, _ input: ValueID, to shape: FeatureShape, alignCorners: Bool = false) throws(InputError) -> ValueID {
    try layers.resize(name, input, to: shape, alignCorners: alignCorners)
  }

  /// A pyramid of means over 1, 2 x 2, 3 x 3 and 6 x 6 regions (arXiv 1612.01105): each reduced to `channels` channels and brought back to the input's size.
  mutating func pyramid(_ names: [String], _ input: ValueID, channels: Int, alignCorners: Bool) throws(InputError) -> [ValueID] {
    var levels: [ValueID] = []
    for (name, regions) in zip(names, [1, 2, 3, 6]) {
      var x = try layers.graph.add(.adaptiveAveragePool(height: regions, width: regions), name: name, inputs: [input])
      x = try step(name, x, channels: channels)
      levels.append(try resize(name, x, to: shape(of: input), alignCorners: alignCorners))
    }
    return levels
  }

  /// PaddleSeg 2's pyramid pooling module: the input and the pyramid's levels, the finest first, joined by a 3x3 convolution.
  mutating func pyramidModule(_ name: String, _ input: ValueID, channels: Int, alignCorners: Bool) throws(InputError) -> ValueID {
    let reduced = max(1, shape(of: input).channels / 4)
    let levels = try pyramid((0..<4).map { "\(name).stages.\($0).1" }, input, channels: reduced, alignCorners: alignCorners)
    let joined = try concatenation(name, [input] + levels.reversed())
    return try step("\(name).conv_bn_relu2", joined, channels: channels, kernel: 3)
  }

  /// Interpolates the scores to the input's size, the last node of every network here, and gives the finished graph.
  mutating func finish(_ name: String, _ scores: ValueID, size: FeatureShape, alignCorners: Bool = false) throws(InputError) -> Graph {
    layers.graph.output(try resize(name, scores, to: size, alignCorners: alignCorners), name: "logits")
    return layers.graph.build()
  }
}
