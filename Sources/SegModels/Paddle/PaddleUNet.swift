import SegBase
import SegGraph

/// U-Net (arXiv 1505.04597) as PaddleSeg 2.9 has it: maps keep their size in every convolution, the decoder interpolates. Any input size from 16 x 16.
struct PaddleUNet {
  private var paddle: PaddleLayers

  static func build(_ parameters: ParameterSource, _ shape: FeatureShape, classCount: Int) throws(InputError) -> Graph {
    var network = PaddleUNet(paddle: PaddleLayers(parameters))
    return try network.build(shape, classCount)
  }

  private mutating func build(_ shape: FeatureShape, _ classCount: Int) throws(InputError) -> Graph {
    paddle.layers.graph.stage = .shallow
    let input = paddle.layers.graph.input(shape)
    var x = try pair("encode.double_conv", input, channels: 64, first: 0)
    var skips: [ValueID] = []
    for (index, channels) in [128, 256, 512, 512].enumerated() {
      if index == 1 { paddle.layers.graph.stage = .deep }
      skips.append(x)
      let name = "encode.down_sample_list.\(index)"
      x = try paddle.layers.graph.add(.maxPool(PoolingWindow(kernel: 2, stride: 2), keepsIndices: false), name: "\(name).0", inputs: [x])
      x = try pair(name, x, channels: channels, first: 1)
    }
    for (index, channels) in [256, 128, 64, 64].enumerated() {
      // The last two levels join what every frame has anew.
      if index == 2 { paddle.layers.graph.stage = .head }
      let name = "decode.up_sample_list.\(index)"
      let skip = skips[3 - index]
      let upsampled = try paddle.resize(name, x, to: paddle.shape(of: skip))
      x = try pair("\(name).double_conv", try paddle.concatenation(name, [upsampled, skip]), channels: channels, first: 0)
    }
    let name = Self.classifier(paddle.parameters.has)
    let scores = try paddle.classifier(name, x, classCount: classCount, kernel: 3)
    if name == "conv" { useTwin(of: scores, input: x) }
    return try paddle.finish(name, scores, size: shape)
  }

  /// The name of the last layer: files have it as "cls" and again as "conv", which is loaded last and so the one that counts.
  static func classifier(_ has: (String) -> Bool) -> String { has("conv.weight") ? "conv" : "cls" }

  /// Takes the last layer's other copy as used.
  private func useTwin(of scores: ValueID, input: ValueID) {
    let shape = [paddle.shape(of: scores).channels, paddle.shape(of: input).channels, 3, 3]
    _ = paddle.parameters.optional("cls.weight", shape: shape)
    _ = paddle.parameters.optional("cls.bias", shape: [shape[0]])
  }

  /// Two 3x3 convolutions: keys `<name>.<first>` and `<name>.<first + 1>`.
  private mutating func pair(_ name: String, _ input: ValueID, channels: Int, first: Int) throws(InputError) -> ValueID {
    let x = try paddle.step("\(name).\(first)", input, channels: channels, kernel: 3)
    return try paddle.step("\(name).\(first + 1)", x, channels: channels, kernel: 3)
  }
}
