import SegGraph
import SegTensor
import SegTestSupport

/// Builds graphs with random weights; the same seed gives the same graph.
struct RandomGraph {
  var builder = GraphBuilder()
  var random: RandomNumbers

  init(seed: UInt64) { random = RandomNumbers(seed: seed) }

  mutating func tensor(_ shape: [Int], in range: ClosedRange<Float> = -1...1) -> Tensor {
    Tensor(shape: shape, floats: random.floats(shape.reduce(1, *), in: range))
  }

  mutating func input(_ height: Int, _ width: Int, _ channels: Int) -> ValueID {
    builder.input(FeatureShape(height: height, width: width, channels: channels))
  }

  mutating func convolution(
    _ input: ValueID, to channels: Int, kernel: (vertical: Int, horizontal: Int) = (1, 1), stride: Int = 1, padding: Padding = Padding(0), dilation: Int = 1,
    groups: Int = 1, hasBias: Bool = false
  ) throws -> ValueID {
    let inner = builder.shape(of: input).channels / groups
    let bound = (3 / Float(inner * kernel.vertical * kernel.horizontal)).squareRoot()
    var convolution = Convolution(
      weight: tensor([channels, inner, kernel.vertical, kernel.horizontal], in: -bound...bound), bias: hasBias ? tensor([channels]) : nil)
    (convolution.stride, convolution.dilation, convolution.padding, convolution.groups) = ((stride, stride), (dilation, dilation), padding, groups)
    return try builder.add(.convolution(convolution), name: "convolution", inputs: [input])
  }

  mutating func transposed(
    _ input: ValueID, to channels: Int, kernel: Int, stride: Int = 2, padding: Int = 0, extra: (Int, Int) = (0, 0), hasBias: Bool = false
  )
    throws -> ValueID
  {
    let inner = builder.shape(of: input).channels
    let bound = (3 / Float(inner)).squareRoot()
    var convolution = TransposedConvolution(weight: tensor([inner, channels, kernel, kernel], in: -bound...bound), bias: hasBias ? tensor([channels]) : nil)
    (convolution.stride, convolution.padding, convolution.outputPadding) = ((stride, stride), Padding(padding), extra)
    return try builder.add(.transposedConvolution(convolution), name: "transposed", inputs: [input])
  }

  mutating func normalization(_ input: ValueID) throws -> ValueID {
    let channels = builder.shape(of: input).channels
    let normalization = BatchNormalization(
      scale: tensor([channels], in: 0.75...1.25), shift: tensor([channels], in: -0.3...0.3), mean: tensor([channels], in: -0.2...0.2),
      variance: tensor([channels], in: 0.5...1.5))
    return try builder.add(.batchNormalization(normalization), name: "normalization", inputs: [input])
  }

  mutating func activation(_ activation: Activation, _ input: ValueID) throws -> ValueID {
    try builder.add(.activation(activation), name: "activation", inputs: [input])
  }

  mutating func slopes(_ count: Int) -> Activation { .prelu(slopes: random.floats(count, in: 0...0.5)) }

  mutating func add(_ inputs: ValueID..., activation: Activation? = nil) throws -> ValueID {
    try builder.add(.add(activation: activation), name: "add", inputs: inputs)
  }

  mutating func join(_ inputs: ValueID...) throws -> ValueID { try builder.add(.concatenate, name: "join", inputs: inputs) }

  mutating func operation(_ operation: SegGraph.Operation, _ inputs: ValueID...) throws -> ValueID {
    try builder.add(operation, name: "operation", inputs: inputs)
  }

  /// A value as the middle part of a concatenation, so that its positions lie further apart than its channels; the concatenation becomes an output.
  mutating func isPart(_ value: ValueID, name: String) throws -> ValueID {
    let shape = builder.shape(of: value)
    let beside = try operation(.activation(.relu), input(shape.height, shape.width, 3))
    let after = try operation(.activation(.relu), input(shape.height, shape.width, 2))
    builder.output(try operation(.concatenate, beside, value, after), name: name)
    return value
  }
}
