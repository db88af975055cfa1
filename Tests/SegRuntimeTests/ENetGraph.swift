import SegGraph
import SegTensor
import SegTestSupport

/// The structure of davidtvs' ENet with random weights, for tests of whole networks.
struct ENetGraph {
  private var graph: RandomGraph

  static func make(height: Int, width: Int, classes: Int = 12, seed: UInt64 = 1) throws -> Graph {
    var network = ENetGraph(graph: RandomGraph(seed: seed))
    return try network.build(height, width, classes)
  }

  private typealias Pooled = (value: ValueID, indices: ValueID, from: FeatureShape)

  private mutating func build(_ height: Int, _ width: Int, _ classes: Int) throws -> Graph {
    let input = graph.input(height, width, 3)
    let main = try graph.convolution(input, to: 13, kernel: (3, 3), stride: 2, padding: Padding(1))
    let pooled = try graph.builder.add(.maxPool(PoolingWindow(kernel: 3, stride: 2, padding: 1), keepsIndices: false), name: "pool", inputs: [input])
    var x = try normalized(try graph.join(main, pooled), .leakyRelu(slope: 0.2))
    let pool1 = try downsample(x, to: 64)
    x = pool1.value
    for _ in 0..<4 { x = try regular(x) }
    let pool2 = try downsample(x, to: 128)
    x = pool2.value
    for _ in 0..<2 {
      x = try regular(x)
      x = try regular(x, dilation: 2)
      x = try regular(x, isAsymmetric: true)
      x = try regular(x, dilation: 4)
      x = try regular(x)
      x = try regular(x, dilation: 8)
      x = try regular(x, isAsymmetric: true)
      x = try regular(x, dilation: 16)
    }
    x = try upsample(x, pool2, to: 64)
    for _ in 0..<2 { x = try regular(x, .relu) }
    x = try upsample(x, pool1, to: 16)
    x = try regular(x, .relu)
    x = try graph.transposed(x, to: classes, kernel: 3, padding: 1, extra: (1 - height % 2, 1 - width % 2))
    graph.builder.output(x, name: "logits")
    return graph.builder.build()
  }

  private mutating func normalized(_ input: ValueID, _ activation: Activation) throws -> ValueID {
    try graph.activation(activation, try graph.normalization(input))
  }

  private mutating func step(
    _ input: ValueID, _ channels: Int, _ activation: Activation, kernel: (vertical: Int, horizontal: Int) = (1, 1), stride: Int = 1,
    padding: Padding = Padding(0),
    dilation: Int = 1
  ) throws -> ValueID {
    try normalized(try graph.convolution(input, to: channels, kernel: kernel, stride: stride, padding: padding, dilation: dilation), activation)
  }

  private mutating func regular(_ input: ValueID, _ activation: Activation = .leakyRelu(slope: 0.25), dilation: Int = 1, isAsymmetric: Bool = false) throws
    -> ValueID
  {
    let channels = graph.builder.shape(of: input).channels
    var x = try step(input, channels / 4, activation)
    if isAsymmetric {
      x = try step(x, channels / 4, activation, kernel: (5, 1), padding: Padding(vertical: 2, horizontal: 0))
      x = try step(x, channels / 4, activation, kernel: (1, 5), padding: Padding(vertical: 0, horizontal: 2))
    } else {
      x = try step(x, channels / 4, activation, kernel: (3, 3), padding: Padding(dilation), dilation: dilation)
    }
    x = try step(x, channels, activation)
    return try graph.activation(activation, try graph.add(input, x))
  }

  private mutating func downsample(_ input: ValueID, to channels: Int) throws -> Pooled {
    let shape = graph.builder.shape(of: input)
    let activation = Activation.leakyRelu(slope: 0.25)
    let (maxima, indices) = try graph.builder.addMaxPoolWithIndices(PoolingWindow(kernel: 2, stride: 2), name: "pool", input: input)
    var x = try step(input, shape.channels / 4, activation, kernel: (2, 2), stride: 2)
    x = try step(x, shape.channels / 4, activation, kernel: (3, 3), padding: Padding(1))
    x = try step(x, channels, activation)
    let padded = try graph.builder.add(.padChannels(to: channels), name: "pad", inputs: [maxima])
    return (try graph.activation(activation, try graph.add(padded, x)), indices, shape)
  }

  private mutating func upsample(_ input: ValueID, _ pool: Pooled, to channels: Int) throws -> ValueID {
    var main = try graph.normalization(try graph.convolution(input, to: channels))
    main = try graph.builder.add(.maxUnpool(height: pool.from.height, width: pool.from.width), name: "unpool", inputs: [main, pool.indices])
    let inner = graph.builder.shape(of: input).channels / 4
    var x = try step(input, inner, .relu)
    x = try normalized(try graph.transposed(x, to: inner, kernel: 2, extra: (pool.from.height % 2, pool.from.width % 2)), .relu)
    x = try graph.normalization(try graph.convolution(x, to: channels))
    return try graph.activation(.relu, try graph.add(main, x))
  }
}
