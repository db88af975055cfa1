import SegBase
import SegGraph

/// Fast-SCNN (arXiv 1902.04502) as the static graphs of PaddleSeg 0.4 have it (pdseg/models/modeling/fast_scnn.py): no padding in the first convolution, a ReLU after both halves
/// of separable convolutions, ReLU6 in the bottlenecks, a dense 1x1 convolution where the paper has a depthwise one, corners aligned throughout.
struct PaddleStaticFastSCNN {
  private var paddle: PaddleLayers

  static func build(_ parameters: ParameterSource, _ shape: FeatureShape, classCount: Int) throws(InputError) -> Graph {
    var paddle = PaddleLayers(parameters)
    (paddle.convolutionSuffix, paddle.normalizationSuffix) = ("", ".BatchNorm")
    var network = PaddleStaticFastSCNN(paddle: paddle)
    return try network.build(shape, classCount)
  }

  private mutating func build(_ shape: FeatureShape, _ classCount: Int) throws(InputError) -> Graph {
    paddle.layers.graph.stage = .shallow
    let input = paddle.layers.graph.input(shape)
    var x = try paddle.step("learning_to_downsample", input, channels: 32, kernel: 3, stride: 2, border: .none)
    x = try separable("learning_to_downsample.dsconv1", x, channels: 48, stride: 2)
    let high = try separable("learning_to_downsample.dsconv2", x, channels: 64, stride: 2)

    paddle.layers.graph.stage = .deep
    x = high
    for (index, channels) in [64, 96, 128].enumerated() {
      for block in 1...3 {
        let name = "inverted_block_\(index + 1)_\(block)"
        x = try bottleneck(name, x, channels: channels, stride: block == 1 && index < 2 ? 2 : 1, isResidual: block > 1)
      }
    }
    let names = [1, 2, 3, 6].map { "global_feature_extractor.psp\($0)" }
    let levels = try paddle.pyramid(names, x, channels: max(1, paddle.shape(of: x).channels / 4), alignCorners: true)
    x = try paddle.concatenation("global_feature_extractor", [x] + levels)
    let low = try paddle.step("global_feature_extractor.out", x, channels: 128)

    paddle.layers.graph.stage = .head
    x = try paddle.resize("feature_fusion", low, to: paddle.shape(of: high), alignCorners: true)
    x = try paddle.step("feature_fusion.dwconv", x, channels: 128)
    x = try paddle.step("feature_fusion.conv_lower_res", x, channels: 128, activation: nil)
    let side = try paddle.step("feature_fusion.conv_higher_res", high, channels: 128, activation: nil)
    x = try paddle.sum("feature_fusion", [side, x])
    x = try separable("classifier.dsconv1", x, channels: paddle.shape(of: x).channels)
    x = try separable("classifier.dsconv2", x, channels: paddle.shape(of: x).channels)
    x = try paddle.classifier("classifier", x, classCount: classCount)
    return try paddle.finish("classifier", x, size: shape, alignCorners: true)
  }

  private mutating func separable(_ name: String, _ input: ValueID, channels: Int, stride: Int = 1) throws(InputError) -> ValueID {
    let x = try paddle.step("\(name).depthwise", input, channels: nil, kernel: 3, stride: stride, border: .half)
    return try paddle.step("\(name).pointwise", x, channels: channels)
  }

  /// An inverted residual block: expansion to six times the channels, a depthwise 3x3, a reduction without activation.
  private mutating func bottleneck(
    _ name: String, _ input: ValueID, channels: Int, stride: Int, isResidual: Bool
  ) throws(InputError) -> ValueID {
    let suffix = paddle.normalizationSuffix
    paddle.normalizationSuffix = "_bn"
    defer { paddle.normalizationSuffix = suffix }
    var x = try paddle.step("\(name)_expand", input, channels: 6 * paddle.shape(of: input).channels, activation: .relu6)
    x = try paddle.step("\(name)_dwise", x, channels: nil, kernel: 3, stride: stride, border: .half, activation: .relu6)
    x = try paddle.step("\(name)_linear", x, channels: channels, activation: nil)
    return isResidual ? try paddle.sum(name, [input, x], isRectified: false) : x
  }

  /// The builder's name of a variable; nil for auxiliary heads and what the optimiser keeps.
  ///
  /// `a/weights` and `a/biases` become `a.weight` and `a.bias`, `a/BatchNorm/gamma` becomes `a.BatchNorm.weight`, `b_bn_scale` becomes `b_bn.weight`, and so on.
  static func rename(_ name: String) -> String? {
    let optimizer = ["_velocity_0", "_moment1_0", "_moment2_0", "_beta1_pow_acc_0", "_beta2_pow_acc_0"]
    if name.hasPrefix("aux_layer_") || name.hasPrefix("learning_rate_") || name.hasPrefix("@LR_DECAY_COUNTER@") { return nil }
    if optimizer.contains(where: name.hasSuffix) { return nil }
    let endings = [
      ("/BatchNorm/gamma", ".BatchNorm.weight"), ("/BatchNorm/beta", ".BatchNorm.bias"), ("/BatchNorm/moving_mean", ".BatchNorm.running_mean"),
      ("/BatchNorm/moving_variance", ".BatchNorm.running_var"), ("_bn_scale", "_bn.weight"), ("_bn_offset", "_bn.bias"), ("_bn_mean", "_bn.running_mean"),
      ("_bn_variance", "_bn.running_var"), ("/weights", ".weight"), ("/biases", ".bias"), ("_weights", ".weight"),
    ]
    for (ending, replacement) in endings where name.hasSuffix(ending) {
      let stem = name.dropLast(ending.count).split(separator: "/", omittingEmptySubsequences: false).joined(separator: ".")
      return stem + replacement
    }
    return name
  }
}
