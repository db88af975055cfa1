import SegBase
import SegGraph

/// ICNet (arXiv 1704.08545) as ICNet-pytorch by liminn has it (NETWORKS.md 6.2): a whole dilated ResNet on the half and on the quarter image, three
/// convolutions on the full one. Sizes are multiples of 8.
struct ICNet {
  private var layers: LayerBuilder
  private let depths: [Int]
  private let classCount: Int

  static func build(_ parameters: ParameterSource, _ shape: FeatureShape, classCount: Int) throws(InputError) -> Graph {
    var network = ICNet(layers: LayerBuilder(parameters), depths: depths(parameters), classCount: classCount)
    return try network.build(shape)
  }

  /// Blocks in the four layers of the backbones by name.
  static let backbones: [(name: String, depths: [Int])] = [("resnet50", [3, 4, 6, 3]), ("resnet101", [3, 4, 23, 3]), ("resnet152", [3, 8, 36, 3])]

  /// Blocks in the four layers of a checkpoint's backbone.
  static func depths(_ parameters: ParameterSource) -> [Int] {
    (1...4).map { layer in
      ParameterSource.partCount { block in (1...3).contains { parameters.has("pretrained.layer\(layer).\(block).conv\($0).weight") } }
    }
  }

  /// The tensors by which depths are found, with their shapes.
  static func deciding(_ depths: [Int]) -> [String: [Int]] {
    var shapes: [String: [Int]] = [:]
    for (layer, depth) in depths.enumerated() {
      for block in 0..<depth {
        let inputs = block > 0 ? 256 << layer : layer > 0 ? 128 << layer : 128
        shapes["pretrained.layer\(layer + 1).\(block).conv1.weight"] = [64 << layer, inputs, 1, 1]
      }
    }
    return shapes
  }

  private mutating func build(_ shape: FeatureShape) throws(InputError) -> Graph {
    layers.graph.stage = .shallow
    let input = layers.graph.input(shape)
    var full = input
    for (index, channels) in [32, 32, 64].enumerated() {
      full = try layers.normalizedConvolution("conv_sub1.\(index).conv", "conv_sub1.\(index).bn", full, channels: channels, kernel: 3, stride: 2)
    }

    layers.graph.stage = .deep
    let half = try trunk(try reduced(input, by: 2)).middle
    let quarter = try poolPyramid(try trunk(try reduced(input, by: 4)).last)

    layers.graph.stage = .head
    var x = try fuse("head.cff_24", low: quarter, high: half)
    x = try fuse("head.cff_12", low: x, high: full)
    x = try zoom("head.up_x2", x, by: 2)
    x = try layers.convolution("head.conv_cls", x, channels: classCount, kernel: (1, 1))
    layers.graph.output(try zoom("head.up_x8", x, by: 4), name: "logits")
    return layers.graph.build()
  }

  private mutating func reduced(_ input: ValueID, by factor: Int) throws(InputError) -> ValueID {
    let shape = layers.graph.shape(of: input)
    let size = FeatureShape(height: shape.height / factor, width: shape.width / factor, channels: shape.channels)
    return try layers.resize("x_sub\(factor)", input, to: size, alignCorners: true)
  }

  private mutating func zoom(_ name: String, _ input: ValueID, by factor: Int) throws(InputError) -> ValueID {
    let shape = layers.graph.shape(of: input)
    let size = FeatureShape(height: shape.height * factor, width: shape.width * factor, channels: shape.channels)
    return try layers.resize(name, input, to: size, alignCorners: true)
  }

  /// The backbone: features after layer 2 (1/8) and layer 4 (1/8, dilated). The original computes both for either image; what nothing reads is dropped later.
  private mutating func trunk(_ input: ValueID) throws(InputError) -> (middle: ValueID, last: ValueID) {
    var x = try layers.normalizedConvolution("pretrained.conv1.0", "pretrained.conv1.1", input, channels: 64, kernel: 3, stride: 2)
    x = try layers.normalizedConvolution("pretrained.conv1.3", "pretrained.conv1.4", x, channels: 64, kernel: 3)
    x = try layers.normalizedConvolution("pretrained.conv1.6", "pretrained.bn1", x, channels: 128, kernel: 3)
    x = try layers.graph.add(.maxPool(PoolingWindow(kernel: 3, stride: 2, padding: 1), keepsIndices: false), name: "pretrained.maxpool", inputs: [x])
    x = try layer(1, x)
    let middle = try layer(2, x, stride: 2)
    x = try layer(3, middle, firstDilation: 1, dilation: 2)
    return (middle, try layer(4, x, firstDilation: 2, dilation: 4))
  }

  private mutating func layer(
    _ number: Int, _ input: ValueID, stride: Int = 1, firstDilation: Int = 1, dilation: Int = 1
  ) throws(InputError) -> ValueID {
    var x = input
    for block in 0..<depths[number - 1] {
      let isFirst = block == 0
      x = try bottleneck(
        "pretrained.layer\(number).\(block)", x, inner: 32 << number, stride: isFirst ? stride : 1, dilation: isFirst ? firstDilation : dilation,
        isProjected: isFirst)
    }
    return x
  }

  private mutating func bottleneck(
    _ name: String, _ input: ValueID, inner: Int, stride: Int, dilation: Int, isProjected: Bool
  ) throws(InputError) -> ValueID {
    var x = try layers.normalizedConvolution("\(name).conv1", "\(name).bn1", input, channels: inner)
    x = try layers.normalizedConvolution("\(name).conv2", "\(name).bn2", x, channels: inner, kernel: 3, stride: stride, dilation: dilation)
    x = try layers.normalizedConvolution("\(name).conv3", "\(name).bn3", x, channels: 4 * inner, isLinear: true)
    var shortcut = input
    if isProjected {
      shortcut = try layers.normalizedConvolution(
        "\(name).downsample.0", "\(name).downsample.1", input, channels: 4 * inner, stride: stride, isLinear: true)
    }
    return try layers.relu(name, try layers.add(name, shortcut, x))
  }

  /// The input plus its means over 1, 4, 9 and 36 regions.
  private mutating func poolPyramid(_ input: ValueID) throws(InputError) -> ValueID {
    let shape = layers.graph.shape(of: input)
    var parts = [input]
    for side in [1, 2, 3, 6] {
      let means = try layers.graph.add(.adaptiveAveragePool(height: side, width: side), name: "ppm.\(side).pool", inputs: [input])
      parts.append(try layers.resize("ppm.\(side).resize", means, to: shape, alignCorners: true))
    }
    return try layers.graph.add(.add(activation: nil), name: "ppm", inputs: parts)
  }

  /// Cascade feature fusion: the low-resolution map in the size of the high-resolution one, a dilated convolution, the sum.
  private mutating func fuse(_ name: String, low: ValueID, high: ValueID) throws(InputError) -> ValueID {
    var x = try layers.resize("\(name).resize", low, to: layers.graph.shape(of: high), alignCorners: true)
    x = try layers.normalizedConvolution("\(name).conv_low.0", "\(name).conv_low.1", x, channels: 128, kernel: 3, dilation: 2, isLinear: true)
    let y = try layers.normalizedConvolution("\(name).conv_high.0", "\(name).conv_high.1", high, channels: 128, isLinear: true)
    return try layers.relu(name, try layers.add(name, x, y))
  }
}
