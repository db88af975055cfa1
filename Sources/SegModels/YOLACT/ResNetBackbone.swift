import SegBase
import SegGraph

/// A ResNet of bottlenecks (He et al. 2015, arXiv 1512.03385) with the stride on the 3x3 convolutions, as deep as the file says; where the file has offsets,
/// the 3x3 convolution is deformable (NETWORKS.md 2.2, 2.9).
struct ResNetBackbone: DetectionBackbone {
  /// Blocks of the four stages.
  private let blockCounts: [Int]
  private static let mostBlocks = 64

  init(_ parameters: ParameterSource) {
    // A block counts when any of its convolutions is there, so that a file with gaps lacks tensors and is not taken for a shallower network.
    blockCounts = (0..<4).map { stage in
      let last = (0..<Self.mostBlocks).last { block in (1...3).contains { parameters.has("backbone.layers.\(stage).\(block).conv\($0).weight") } }
      return (last ?? 0) + 1
    }
  }

  var name: String { "resnet\(3 * blockCounts.reduce(0, +) + 2)" }

  func addShallow(_ layers: inout LayerBuilder, _ picture: ValueID) throws(InputError) -> ValueID {
    var x = try layers.centredConvolution("backbone.conv1", picture, channels: 64, kernel: 7, stride: 2, isBiased: false)
    x = try layers.batchNormalization("backbone.bn1", x)
    x = try layers.relu("backbone.relu", x)
    x = try layers.graph.add(.maxPool(PoolingWindow(kernel: 3, stride: 2, padding: 1), keepsIndices: false), name: "backbone.maxpool", inputs: [x])
    x = try stage(0, &layers, x)
    return try stage(1, &layers, x)
  }

  func addDeep(_ layers: inout LayerBuilder, _ c3: ValueID) throws(InputError) -> (c4: ValueID, c5: ValueID) {
    let c4 = try stage(2, &layers, c3)
    return (c4, try stage(3, &layers, c4))
  }

  private func stage(_ stage: Int, _ layers: inout LayerBuilder, _ input: ValueID) throws(InputError) -> ValueID {
    var x = input
    for block in 0..<blockCounts[stage] {
      let stride = block == 0 && stage > 0 ? 2 : 1
      x = try bottleneck("backbone.layers.\(stage).\(block)", &layers, x, channels: 64 << stage, stride: stride, changesChannels: block == 0)
    }
    return x
  }

  private func bottleneck(
    _ name: String, _ layers: inout LayerBuilder, _ input: ValueID, channels: Int, stride: Int, changesChannels: Bool
  ) throws(InputError) -> ValueID {
    var x = try layers.centredConvolution("\(name).conv1", input, channels: channels, kernel: 1, isBiased: false)
    x = try layers.batchNormalization("\(name).bn1", x)
    x = try layers.relu("\(name).relu1", x)
    let isDeformable = ["conv_offset_mask.weight", "conv_offset_mask.bias", "bias"].contains { layers.parameters.has("\(name).conv2.\($0)") }
    x =
      isDeformable
      ? try layers.deformableConvolution("\(name).conv2", x, channels: channels, stride: stride)
      : try layers.centredConvolution("\(name).conv2", x, channels: channels, stride: stride, isBiased: false)
    x = try layers.batchNormalization("\(name).bn2", x)
    x = try layers.relu("\(name).relu2", x)
    x = try layers.centredConvolution("\(name).conv3", x, channels: 4 * channels, kernel: 1, isBiased: false)
    x = try layers.batchNormalization("\(name).bn3", x)
    var shortcut = input
    if changesChannels {
      shortcut = try layers.centredConvolution("\(name).downsample.0", input, channels: 4 * channels, kernel: 1, stride: stride, isBiased: false)
      shortcut = try layers.batchNormalization("\(name).downsample.1", shortcut)
    }
    return try layers.relu("\(name).relu", try layers.add(name, x, shortcut))
  }
}
