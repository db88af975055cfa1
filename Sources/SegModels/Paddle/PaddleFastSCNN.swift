import SegBase
import SegGraph

/// Fast-SCNN (arXiv 1902.04502) as PaddleSeg 2.9 has it: a bias in most convolutions, "same" padding in the first one, no activation between the halves of
/// separable convolutions, and corners aligned in the pyramid alone. Any input size.
struct PaddleFastSCNN {
  private var paddle: PaddleLayers

  static func build(_ parameters: ParameterSource, _ shape: FeatureShape, classCount: Int) throws(InputError) -> Graph {
    var network = PaddleFastSCNN(paddle: PaddleLayers(parameters))
    return try network.build(shape, classCount)
  }

  private mutating func build(_ shape: FeatureShape, _ classCount: Int) throws(InputError) -> Graph {
    paddle.layers.graph.stage = .shallow
    let input = paddle.layers.graph.input(shape)
    var x = try paddle.step("learning_to_downsample.conv_bn_relu", input, channels: 32, kernel: 3, stride: 2)
    x = try paddle.separable("learning_to_downsample.dsconv_bn_relu1", x, channels: 48, stride: 2)
    let high = try paddle.separable("learning_to_downsample.dsconv_bn_relu2", x, channels: 64, stride: 2)

    paddle.layers.graph.stage = .deep
    x = high
    for (index, channels) in [64, 96, 128].enumerated() {
      for block in 0..<3 {
        let name = "global_feature_extractor.bottleneck\(index + 1).\(block).block"
        x = try bottleneck(name, x, channels: channels, stride: block == 0 && index < 2 ? 2 : 1, isResidual: block > 0)
      }
    }
    let low = try paddle.pyramidModule("global_feature_extractor.ppm", x, channels: 128, alignCorners: true)

    paddle.layers.graph.stage = .head
    x = try paddle.resize("feature_fusion", low, to: paddle.shape(of: high))
    x = try paddle.step("feature_fusion.dwconv", x, channels: nil, kernel: 3)
    x = try paddle.step("feature_fusion.conv_low_res", x, channels: 128, activation: nil)
    let side = try paddle.step("feature_fusion.conv_high_res", high, channels: 128, activation: nil)
    x = try paddle.sum("feature_fusion", [side, x])
    x = try paddle.separable("classifier.dsconv1", x, channels: paddle.shape(of: x).channels)
    x = try paddle.separable("classifier.dsconv2", x, channels: paddle.shape(of: x).channels)
    x = try paddle.classifier("classifier.conv", x, classCount: classCount)
    return try paddle.finish("classifier", x, size: shape)
  }

  /// An inverted residual block: expansion to six times the channels, a depthwise 3x3, a reduction without activation.
  private mutating func bottleneck(
    _ name: String, _ input: ValueID, channels: Int, stride: Int, isResidual: Bool
  ) throws(InputError) -> ValueID {
    var x = try paddle.step("\(name).0", input, channels: 6 * paddle.shape(of: input).channels)
    x = try paddle.step("\(name).1", x, channels: nil, kernel: 3, stride: stride, border: .half)
    x = try paddle.step("\(name).2", x, channels: channels, activation: nil)
    return isResidual ? try paddle.sum(name, [input, x], isRectified: false) : x
  }
}
