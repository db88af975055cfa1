import SegBase
import SegGraph

/// Fast-SCNN (arXiv 1902.04502) as Fast-SCNN-pytorch by Tramac has it (NETWORKS.md 5.1).
///
/// The fusion interpolates the deep features to the exact size of the shallow ones, where the original takes four times their own size: the same for the
/// sizes that the original accepts, and every other size works too.
struct FastSCNN {
  private var layers: LayerBuilder
  private let classCount: Int

  static func build(_ parameters: ParameterSource, _ shape: FeatureShape, classCount: Int) throws(InputError) -> Graph {
    var network = FastSCNN(layers: LayerBuilder(parameters), classCount: classCount)
    return try network.build(shape)
  }

  private mutating func build(_ shape: FeatureShape) throws(InputError) -> Graph {
    layers.graph.stage = .shallow
    let input = layers.graph.input(shape)
    let high = try downsample("learning_to_downsample", input)

    layers.graph.stage = .deep
    let low = try extract("global_feature_extractor", high)

    layers.graph.stage = .head
    let scores = try classify("classifier", try fuse("feature_fusion", high: high, low: low))
    layers.graph.output(try layers.resize("logits", scores, to: shape, alignCorners: true), name: "logits")
    return layers.graph.build()
  }

  /// Three halvings; the first convolution has no padding.
  private mutating func downsample(_ name: String, _ input: ValueID) throws(InputError) -> ValueID {
    var x = try layers.convolution("\(name).conv.conv.0", input, channels: 32, kernel: (3, 3), stride: 2)
    x = try layers.relu("\(name).conv.conv.1", try layers.batchNormalization("\(name).conv.conv.1", x))
    x = try separable("\(name).dsconv1", x, channels: 48, stride: 2)
    return try separable("\(name).dsconv2", x, channels: 64, stride: 2)
  }

  private mutating func extract(_ name: String, _ input: ValueID) throws(InputError) -> ValueID {
    var x = input
    for (stage, channels, stride) in [(1, 64, 2), (2, 96, 2), (3, 128, 1)] {
      for block in 0..<3 { x = try bottleneck("\(name).bottleneck\(stage).\(block).block", x, channels: channels, stride: block == 0 ? stride : 1) }
    }
    return try poolPyramid("\(name).ppm", x)
  }

  /// The linear bottleneck of MobileNetV2 with an expansion of six.
  private mutating func bottleneck(_ name: String, _ input: ValueID, channels: Int, stride: Int) throws(InputError) -> ValueID {
    let width = layers.graph.shape(of: input).channels
    var x = try layers.normalizedConvolution("\(name).0.conv.0", "\(name).0.conv.1", input, channels: 6 * width)
    x = try depthwise("\(name).1.conv.0", "\(name).1.conv.1", x, stride: stride)
    x = try layers.normalizedConvolution("\(name).2", "\(name).3", x, channels: channels, isLinear: true)
    return stride == 1 && layers.graph.shape(of: x).channels == width ? try layers.add(name, input, x) : x
  }

  /// The input with its means over 1, 4, 9 and 36 regions beside it, through a 1x1 convolution.
  private mutating func poolPyramid(_ name: String, _ input: ValueID) throws(InputError) -> ValueID {
    let shape = layers.graph.shape(of: input)
    var parts = [input]
    for (index, side) in [1, 2, 3, 6].enumerated() {
      let step = "\(name).conv\(index + 1)"
      let means = try layers.graph.add(.adaptiveAveragePool(height: side, width: side), name: "\(step).pool", inputs: [input])
      let reduced = try layers.normalizedConvolution("\(step).conv.0", "\(step).conv.1", means, channels: shape.channels / 4)
      parts.append(try layers.resize("\(step).resize", reduced, to: shape, alignCorners: true))
    }
    let joined = try layers.graph.add(.concatenate, name: name, inputs: parts)
    return try layers.normalizedConvolution("\(name).out.conv.0", "\(name).out.conv.1", joined, channels: 128)
  }

  private mutating func fuse(_ name: String, high: ValueID, low: ValueID) throws(InputError) -> ValueID {
    var x = try layers.resize("\(name).resize", low, to: layers.graph.shape(of: high), alignCorners: true)
    x = try depthwise("\(name).dwconv.conv.0", "\(name).dwconv.conv.1", x)
    x = try projection("\(name).conv_lower_res", x)
    return try layers.relu(name, try layers.add(name, try projection("\(name).conv_higher_res", high), x))
  }

  private mutating func projection(_ name: String, _ input: ValueID) throws(InputError) -> ValueID {
    let x = try layers.convolution("\(name).0", input, channels: 128, kernel: (1, 1), needsBias: true)
    return try layers.batchNormalization("\(name).1", x)
  }

  private mutating func classify(_ name: String, _ input: ValueID) throws(InputError) -> ValueID {
    var x = try separable("\(name).dsconv1", input, channels: 128)
    x = try separable("\(name).dsconv2", x, channels: 128)
    return try layers.convolution("\(name).conv.1", x, channels: classCount, kernel: (1, 1), needsBias: true)
  }

  /// A depthwise and a 1x1 convolution, each with normalisation and ReLU.
  private mutating func separable(_ name: String, _ input: ValueID, channels: Int, stride: Int = 1) throws(InputError) -> ValueID {
    let x = try depthwise("\(name).conv.0", "\(name).conv.1", input, stride: stride)
    return try layers.normalizedConvolution("\(name).conv.3", "\(name).conv.4", x, channels: channels)
  }

  private mutating func depthwise(_ name: String, _ normalization: String, _ input: ValueID, stride: Int = 1) throws(InputError) -> ValueID {
    let channels = layers.graph.shape(of: input).channels
    let x = try layers.convolution(name, input, channels: channels, kernel: (3, 3), stride: stride, padding: Padding(1), groups: channels)
    return try layers.relu(normalization, try layers.batchNormalization(normalization, x))
  }
}
