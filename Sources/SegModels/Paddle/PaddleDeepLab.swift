import SegBase
import SegGraph

/// DeepLabv3+ (arXiv 1802.02611) as PaddleSeg 2.9 has it on ResNet-vd with an output stride of 8. Any input size.
struct PaddleDeepLab {
  private var paddle: PaddleLayers
  private let backbone = PaddleResNet(multiGrid: [1, 2, 4])
  /// Dilations of the pyramid's 3x3 convolutions, which files do not tell.
  private let dilations: [Int]
  /// Those of the original's constructor, with which its reference outputs were made.
  static let constructorDilations = [6, 12, 18]
  /// Those of the configurations of its published weights (configs/deeplabv3p).
  static let publishedDilations = [12, 24, 36]

  static func build(_ parameters: ParameterSource, _ shape: FeatureShape, classCount: Int, dilations: [Int]) throws(InputError) -> Graph {
    var network = PaddleDeepLab(paddle: PaddleLayers(parameters), dilations: dilations)
    return try network.build(shape, classCount)
  }

  private mutating func build(_ shape: FeatureShape, _ classCount: Int) throws(InputError) -> Graph {
    let input = paddle.layers.graph.input(shape)
    let low = try backbone.addShallow(&paddle, input)
    let deep = try pooled(try backbone.addDeep(&paddle, low))

    paddle.layers.graph.stage = .head
    let side = try paddle.step("head.decoder.conv_bn_relu1", low, channels: 48)
    let upsampled = try paddle.resize("head.decoder", deep, to: paddle.shape(of: side))
    var x = try paddle.concatenation("head.decoder", [upsampled, side])
    x = try paddle.separable("head.decoder.conv_bn_relu2", x, channels: 256)
    x = try paddle.separable("head.decoder.conv_bn_relu3", x, channels: 256)
    x = try paddle.classifier("head.decoder.conv", x, classCount: classCount)
    return try paddle.finish("head.decoder", x, size: shape)
  }

  /// Atrous spatial pyramid pooling: a 1x1 convolution, three dilated ones and the mean of the map, side by side.
  private mutating func pooled(_ input: ValueID) throws(InputError) -> ValueID {
    let blocks = "head.aspp.aspp_blocks"
    var parts = [try paddle.step("\(blocks).0", input, channels: 256)]
    for (index, dilation) in dilations.enumerated() {
      parts.append(try paddle.separable("\(blocks).\(index + 1)", input, channels: 256, dilation: dilation))
    }
    let name = "head.aspp.global_avg_pool"
    var mean = try paddle.layers.graph.add(.adaptiveAveragePool(height: 1, width: 1), name: "\(name).0", inputs: [input])
    mean = try paddle.step("\(name).1", mean, channels: 256)
    parts.append(try paddle.resize(name, mean, to: paddle.shape(of: input)))
    return try paddle.step("head.aspp.conv_bn_relu", try paddle.concatenation("head.aspp", parts), channels: 256)
  }
}
