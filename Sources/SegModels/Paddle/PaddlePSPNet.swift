import SegBase
import SegGraph

/// PSPNet (arXiv 1612.01105) as PaddleSeg 2.9 has it on ResNet-vd with an output stride of 8. Any input size.
enum PaddlePSPNet {
  static func build(_ parameters: ParameterSource, _ shape: FeatureShape, classCount: Int) throws(InputError) -> Graph {
    var paddle = PaddleLayers(parameters)
    let backbone = PaddleResNet(multiGrid: [1, 1, 1])
    let input = paddle.layers.graph.input(shape)
    let deep = try backbone.addDeep(&paddle, try backbone.addShallow(&paddle, input))
    let pooled = try paddle.pyramidModule("head.psp_module", deep, channels: 1024, alignCorners: false)
    paddle.layers.graph.stage = .head
    let scores = try paddle.classifier("head.conv", pooled, classCount: classCount)
    return try paddle.finish("head", scores, size: shape)
  }
}
