import SegBase
import SegGraph
import SegTensor

/// ENet as realtime-semantic-segmentation-pytorch by zh320 has it: 1x1 convolutions on the left branches of pooling blocks, ReLU inside blocks and a PReLU
/// with one slope after each, no activation after the initial concatenation. Sizes are multiples of 8.
///
/// Upsampling is by transposed convolutions of 3x3, or by 1x1 convolutions before bilinear interpolation; the keys tell which.
struct ENetZh320 {
  private var layers: LayerBuilder
  private let classCount: Int

  static func build(_ parameters: ParameterSource, _ shape: FeatureShape, classCount: Int) throws(InputError) -> Graph {
    var network = ENetZh320(layers: LayerBuilder(parameters), classCount: classCount)
    return try network.build(shape)
  }

  private typealias Pooled = (value: ValueID, indices: ValueID, from: FeatureShape)

  private mutating func build(_ shape: FeatureShape) throws(InputError) -> Graph {
    layers.graph.stage = .shallow
    let input = layers.graph.input(shape)
    let main = try step("initial.conv", input, channels: 13, kernel: (3, 3), stride: 2)
    let pooled = try layers.graph.add(
      .maxPool(PoolingWindow(kernel: 3, stride: 2, padding: 1), keepsIndices: false), name: "initial.pool", inputs: [input])
    let joined = try layers.graph.add(.concatenate, name: "initial", inputs: [main, pooled])
    let pool1 = try downsample("bottleneck1.conv_pool", joined, channels: 64)
    var x = pool1.value
    for index in 0..<4 { x = try regular("bottleneck1.conv_regular.\(index)", x) }

    layers.graph.stage = .deep
    let pool2 = try downsample("bottleneck2.conv_pool", x, channels: 128)
    x = pool2.value
    for stage in 2...3 {
      let name = "bottleneck\(stage).conv_regular"
      x = try regular("\(name).0", x)
      x = try regular("\(name).1", x, dilation: 2)
      x = try asymmetric("\(name).2", x)
      x = try regular("\(name).3", x, dilation: 4)
      x = try regular("\(name).4", x)
      x = try regular("\(name).5", x, dilation: 8)
      x = try asymmetric("\(name).6", x)
      x = try regular("\(name).7", x, dilation: 16)
    }

    layers.graph.stage = .head
    x = try unpool("bottleneck4.conv_unpool", x, pool2, channels: 64)
    x = try regular("bottleneck4.conv_regular", x)
    x = try regular("bottleneck4.conv_extra", x)
    x = try unpool("bottleneck5.conv_unpool", x, pool1, channels: 16)
    x = try regular("bottleneck5.conv_regular", x)
    x = try upsample("fullconv", x, channels: classCount, size: (shape.height, shape.width))
    layers.graph.output(x, name: "logits")
    return layers.graph.build()
  }

  /// Convolution with padding that keeps the size, batch normalisation, then a PReLU when the file has one, else a ReLU: keys `<name>.0` to `<name>.2`.
  private mutating func step(
    _ name: String, _ input: ValueID, channels: Int, kernel: (vertical: Int, horizontal: Int) = (1, 1), stride: Int = 1, dilation: Int = 1
  ) throws(InputError) -> ValueID {
    let padding = Padding(vertical: (kernel.vertical - 1) / 2 * dilation, horizontal: (kernel.horizontal - 1) / 2 * dilation)
    var x = try layers.convolution(
      "\(name).0", input, channels: channels, kernel: kernel, stride: stride, padding: padding, dilation: dilation)
    x = try layers.batchNormalization("\(name).1", x)
    if layers.parameters.has("\(name).2.activation.weight") { return try layers.prelu("\(name).2.activation", x) }
    return try layers.relu("\(name).2", x)
  }

  /// The end of every block: the right branch's last convolution, the sum, the activation.
  private mutating func join(_ name: String, left: ValueID, right: ValueID) throws(InputError) -> ValueID {
    let channels = layers.graph.shape(of: left).channels
    let last = try layers.convolution("\(name).right_last_conv.0", right, channels: channels, kernel: (1, 1))
    return try layers.prelu("\(name).act.activation", try layers.add(name, left, last))
  }

  private mutating func regular(_ name: String, _ input: ValueID, dilation: Int = 1) throws(InputError) -> ValueID {
    let inner = layers.graph.shape(of: input).channels / 4
    var x = try step("\(name).right_init_conv.0", input, channels: inner)
    x = try step("\(name).right_init_conv.1", x, channels: inner, kernel: (3, 3), dilation: dilation)
    return try join(name, left: input, right: x)
  }

  private mutating func asymmetric(_ name: String, _ input: ValueID) throws(InputError) -> ValueID {
    let inner = layers.graph.shape(of: input).channels / 4
    var x = try step("\(name).right_init_conv.0", input, channels: inner)
    x = try step("\(name).right_init_conv.1", x, channels: inner, kernel: (5, 1))
    x = try step("\(name).right_init_conv.2", x, channels: inner, kernel: (1, 5))
    return try join(name, left: input, right: x)
  }

  private mutating func downsample(_ name: String, _ input: ValueID, channels: Int) throws(InputError) -> Pooled {
    let shape = layers.graph.shape(of: input)
    let (maxima, indices) = try layers.graph.addMaxPoolWithIndices(PoolingWindow(kernel: 2, stride: 2), name: "\(name).left_pool", input: input)
    let left = try step("\(name).left_conv", maxima, channels: channels)
    let inner = shape.channels / 4
    var x = try step("\(name).right_init_conv.0", input, channels: inner, kernel: (3, 3), stride: 2)
    x = try step("\(name).right_init_conv.1", x, channels: inner, kernel: (3, 3))
    return (try join(name, left: left, right: x), indices, shape)
  }

  private mutating func unpool(_ name: String, _ input: ValueID, _ pool: Pooled, channels: Int) throws(InputError) -> ValueID {
    var left = try step("\(name).left_conv", input, channels: channels)
    left = try layers.graph.add(
      .maxUnpool(height: pool.from.height, width: pool.from.width), name: "\(name).left_pool", inputs: [left, pool.indices])
    let inner = layers.graph.shape(of: input).channels / 4
    var x = try step("\(name).right_init_conv.0", input, channels: inner)
    x = try upsample("\(name).right_init_conv.1", x, channels: inner, size: (pool.from.height, pool.from.width))
    return try join(name, left: left, right: x)
  }

  private mutating func upsample(
    _ name: String, _ input: ValueID, channels: Int, size: (height: Int, width: Int)
  ) throws(InputError) -> ValueID {
    if !layers.parameters.has("\(name).up_conv.0.0.weight") {
      return try layers.transposedConvolution("\(name).up_conv", input, channels: channels, kernel: 3, padding: 1, size: size)
    }
    let reduced = try step("\(name).up_conv.0", input, channels: channels)
    return try layers.graph.add(
      .resizeBilinear(height: size.height, width: size.width, alignCorners: false), name: "\(name).up_conv.1", inputs: [reduced])
  }
}
