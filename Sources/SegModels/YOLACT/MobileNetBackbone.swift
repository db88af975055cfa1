import SegBase
import SegGraph

/// MobileNetV2 (Sandler et al. 2018, arXiv 1801.04381) of width 1 with C3 to C5 after its groups 3, 4 and 6.
///
/// The last group and the convolution after it have weights in YolactEdge's files, but nothing reads their results.
struct MobileNetBackbone: DetectionBackbone {
  let name = "mobilenetv2"

  /// Expansion, output channels, blocks and stride of each group.
  private static let groups = [
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
  ]

  func addShallow(_ layers: inout LayerBuilder, _ picture: ValueID) throws(InputError) -> ValueID {
    var x = try layers.centredConvolution("backbone.layers.0.0", picture, channels: 32, stride: 2, isBiased: false)
    x = try normalized("backbone.layers.0.1", &layers, x)
    for index in 1...3 { x = try group(index, &layers, x) }
    return x
  }

  func addDeep(_ layers: inout LayerBuilder, _ c3: ValueID) throws(InputError) -> (c4: ValueID, c5: ValueID) {
    let c4 = try group(4, &layers, c3)
    let c5 = try group(6, &layers, try group(5, &layers, c4))
    let unread = try layers.centredConvolution("backbone.layers.8.0", try group(7, &layers, c5), channels: 1280, kernel: 1, isBiased: false)
    _ = try normalized("backbone.layers.8.1", &layers, unread)
    return (c4, c5)
  }

  private func group(_ index: Int, _ layers: inout LayerBuilder, _ input: ValueID) throws(InputError) -> ValueID {
    let (expansion, channels, blocks, stride) = Self.groups[index - 1]
    var x = input
    for block in 0..<blocks {
      x = try invertedResidual("backbone.layers.\(index).\(block)", &layers, x, expansion, channels: channels, stride: block == 0 ? stride : 1)
    }
    return x
  }

  private func invertedResidual(
    _ name: String, _ layers: inout LayerBuilder, _ input: ValueID, _ expansion: Int, channels: Int, stride: Int
  ) throws(InputError) -> ValueID {
    var x = input
    var index = 0
    if expansion > 1 {
      let inner = expansion * layers.graph.shape(of: input).channels
      x = try layers.centredConvolution("\(name).conv.0.0", input, channels: inner, kernel: 1, isBiased: false)
      x = try normalized("\(name).conv.0.1", &layers, x)
      index = 1
    }
    let inner = layers.graph.shape(of: x).channels
    x = try layers.centredConvolution("\(name).conv.\(index).0", x, channels: inner, stride: stride, groups: inner, isBiased: false)
    x = try normalized("\(name).conv.\(index).1", &layers, x)
    x = try layers.centredConvolution("\(name).conv.\(index + 1)", x, channels: channels, kernel: 1, isBiased: false)
    x = try layers.batchNormalization("\(name).conv.\(index + 2)", x)
    return layers.graph.shape(of: x) == layers.graph.shape(of: input) ? try layers.add(name, x, input) : x
  }

  private func normalized(_ name: String, _ layers: inout LayerBuilder, _ input: ValueID) throws(InputError) -> ValueID {
    try layers.graph.add(.activation(.relu6), name: "\(name).relu6", inputs: [try layers.batchNormalization(name, input)])
  }
}
