import SegBase
import SegGraph
import SegTensor

/// ENet as PyTorch-ENet by davidtvs has it, in three stages of its life (NETWORKS.md 4.2): arXiv 1606.02147 with its own changes.
///
/// - `current`: unpooling of 2x2 maxima, transposed convolutions of 2x2, any input size.
/// - `first` (2018): 3x3 maxima with padding, transposed convolutions of 3x3, PReLU with a slope per channel after each block. Sizes are multiples of 8.
struct ENet {
  enum Version {
    case first
    case current
  }

  private let version: Version
  private var layers: LayerBuilder
  private let outActivation: String
  private let encoderHasSlopes: Bool
  private let decoderHasSlopes: Bool

  private let classCount: Int

  private init(_ parameters: ParameterSource, _ version: Version, _ classCount: Int) {
    (self.version, self.classCount) = (version, classCount)
    layers = LayerBuilder(parameters)
    outActivation = parameters.has("initial_block.out_prelu.weight") ? "out_prelu" : "out_activation"
    encoderHasSlopes = ["initial_block.\(outActivation).weight", "regular1_1.ext_conv1.2.weight", "regular3_0.ext_conv1.2.weight"].contains(
      where: parameters.has)
    decoderHasSlopes = ["regular4_1.ext_conv1.2.weight", "regular5_1.ext_conv1.2.weight"].contains(where: parameters.has)
  }

  static func build(_ parameters: ParameterSource, _ shape: FeatureShape, classCount: Int, version: Version) throws(InputError) -> Graph {
    var network = ENet(parameters, version, classCount)
    return try network.build(shape)
  }

  private typealias Pooled = (value: ValueID, indices: ValueID, from: FeatureShape)

  private mutating func build(_ shape: FeatureShape) throws(InputError) -> Graph {
    layers.graph.stage = .shallow
    let input = layers.graph.input(shape)
    let pool1 = try downsample("downsample1_0", try initial(input), channels: 64)
    var x = pool1.value
    for index in 1...4 { x = try regular("regular1_\(index)", x) }

    layers.graph.stage = .deep
    let pool2 = try downsample("downsample2_0", x, channels: 128)
    x = pool2.value
    for (stage, first) in [(2, 1), (3, 0)] {
      x = try regular("regular\(stage)_\(first)", x)
      x = try regular("dilated\(stage)_\(first + 1)", x, dilation: 2)
      x = try regular("asymmetric\(stage)_\(first + 2)", x, isAsymmetric: true)
      x = try regular("dilated\(stage)_\(first + 3)", x, dilation: 4)
      x = try regular("regular\(stage)_\(first + 4)", x)
      x = try regular("dilated\(stage)_\(first + 5)", x, dilation: 8)
      x = try regular("asymmetric\(stage)_\(first + 6)", x, isAsymmetric: true)
      x = try regular("dilated\(stage)_\(first + 7)", x, dilation: 16)
    }

    layers.graph.stage = .head
    x = try upsample("upsample4_0", x, pool2, channels: 64)
    for index in 1...2 { x = try regular("regular4_\(index)", x, isDecoder: true) }
    x = try upsample("upsample5_0", x, pool1, channels: 16)
    x = try regular("regular5_1", x, isDecoder: true)
    x = try layers.transposedConvolution("transposed_conv", x, channels: classCount, kernel: 3, padding: 1, size: (shape.height, shape.width))
    layers.graph.output(x, name: "logits")
    return layers.graph.build()
  }

  private mutating func activation(_ name: String, _ input: ValueID, isDecoder: Bool = false) throws(InputError) -> ValueID {
    if isDecoder ? decoderHasSlopes : encoderHasSlopes { return try layers.prelu(name, input) }
    return try layers.relu(name, input)
  }

  private mutating func initial(_ input: ValueID) throws(InputError) -> ValueID {
    let main = try layers.convolution("initial_block.main_branch", input, channels: 13, kernel: (3, 3), stride: 2, padding: Padding(1))
    let pooled = try layers.graph.add(
      .maxPool(PoolingWindow(kernel: 3, stride: 2, padding: 1), keepsIndices: false), name: "initial_block.ext_branch", inputs: [input])
    let joined = try layers.graph.add(.concatenate, name: "initial_block", inputs: [main, pooled])
    let normalized = try layers.batchNormalization("initial_block.batch_norm", joined)
    return try activation("initial_block.\(outActivation)", normalized)
  }

  /// Convolution, batch normalisation and activation: keys `<name>.<index>`, `index + 1`, `index + 2`.
  private mutating func step(
    _ name: String, _ input: ValueID, channels: Int, kernel: (vertical: Int, horizontal: Int) = (1, 1), stride: Int = 1, padding: Padding = Padding(0),
    dilation: Int = 1, index: Int = 0, isDecoder: Bool = false
  ) throws(InputError) -> ValueID {
    var x = try layers.convolution(
      "\(name).\(index)", input, channels: channels, kernel: kernel, stride: stride, padding: padding, dilation: dilation)
    x = try layers.batchNormalization("\(name).\(index + 1)", x)
    return try activation("\(name).\(index + 2)", x, isDecoder: isDecoder)
  }

  private mutating func regular(
    _ name: String, _ input: ValueID, dilation: Int = 1, isAsymmetric: Bool = false, isDecoder: Bool = false
  ) throws(InputError) -> ValueID {
    let channels = layers.graph.shape(of: input).channels
    let inner = channels / 4
    var x = try step("\(name).ext_conv1", input, channels: inner, isDecoder: isDecoder)
    if isAsymmetric {
      x = try step("\(name).ext_conv2", x, channels: inner, kernel: (5, 1), padding: Padding(vertical: 2, horizontal: 0))
      x = try step("\(name).ext_conv2", x, channels: inner, kernel: (1, 5), padding: Padding(vertical: 0, horizontal: 2), index: 3)
    } else {
      x = try step("\(name).ext_conv2", x, channels: inner, kernel: (3, 3), padding: Padding(dilation), dilation: dilation, isDecoder: isDecoder)
    }
    x = try step("\(name).ext_conv3", x, channels: channels, isDecoder: isDecoder)
    let sum = try layers.add(name, input, x)
    return try activation("\(name).\(outActivation)", sum, isDecoder: isDecoder)
  }

  private mutating func downsample(_ name: String, _ input: ValueID, channels: Int) throws(InputError) -> Pooled {
    let shape = layers.graph.shape(of: input)
    let window = version == .first ? PoolingWindow(kernel: 3, stride: 2, padding: 1) : PoolingWindow(kernel: 2, stride: 2)
    let (maxima, indices) = try layers.graph.addMaxPoolWithIndices(window, name: "\(name).main_max1", input: input)
    let inner = shape.channels / 4
    var x = try step("\(name).ext_conv1", input, channels: inner, kernel: (2, 2), stride: 2)
    x = try step("\(name).ext_conv2", x, channels: inner, kernel: (3, 3), padding: Padding(1))
    x = try step("\(name).ext_conv3", x, channels: channels)
    let padded = try layers.graph.add(.padChannels(to: layers.graph.shape(of: x).channels), name: "\(name).main", inputs: [maxima])
    let sum = try layers.add(name, padded, x)
    return (try activation("\(name).\(outActivation)", sum), indices, shape)
  }

  private mutating func upsample(_ name: String, _ input: ValueID, _ pool: Pooled, channels: Int) throws(InputError) -> ValueID {
    var main = try layers.convolution("\(name).main_conv1.0", input, channels: channels, kernel: (1, 1))
    main = try layers.batchNormalization("\(name).main_conv1.1", main)
    main = try layers.graph.add(
      .maxUnpool(height: pool.from.height, width: pool.from.width), name: "\(name).main_unpool1", inputs: [main, pool.indices])
    let inner = layers.graph.shape(of: input).channels / 4
    let size = (pool.from.height, pool.from.width)
    var x = try step("\(name).ext_conv1", input, channels: inner, isDecoder: true)
    switch version {
    case .first:
      x = try layers.transposedConvolution("\(name).ext_conv2.0", x, channels: inner, kernel: 3, padding: 1, size: size)
      x = try layers.batchNormalization("\(name).ext_conv2.1", x)
      x = try activation("\(name).ext_conv2.2", x, isDecoder: true)
      x = try step("\(name).ext_conv3", x, channels: channels, isDecoder: true)
    case .current:
      x = try layers.transposedConvolution("\(name).ext_tconv1", x, channels: inner, kernel: 2, padding: 0, size: size)
      x = try layers.batchNormalization("\(name).ext_tconv1_bnorm", x)
      x = try activation("\(name).ext_tconv1_activation", x, isDecoder: true)
      x = try layers.convolution("\(name).ext_conv2.0", x, channels: channels, kernel: (1, 1))
      x = try layers.batchNormalization("\(name).ext_conv2.1", x)
    }
    let sum = try layers.add(name, main, x)
    return try activation("\(name).\(outActivation)", sum, isDecoder: true)
  }
}
