import SegBase
import SegGraph

/// DarkNet-53 (YOLOv3, arXiv 1804.02767) with C3 to C5 after its third, fourth and fifth stage.
struct DarkNetBackbone: DetectionBackbone {
  let name = "darknet53"
  private let blockCounts = [1, 2, 8, 8, 4]

  func addShallow(_ layers: inout LayerBuilder, _ picture: ValueID) throws(InputError) -> ValueID {
    var x = try step("backbone._preconv", &layers, picture, channels: 32)
    for index in 0..<3 { x = try stage(index, &layers, x) }
    return x
  }

  func addDeep(_ layers: inout LayerBuilder, _ c3: ValueID) throws(InputError) -> (c4: ValueID, c5: ValueID) {
    let c4 = try stage(3, &layers, c3)
    return (c4, try stage(4, &layers, c4))
  }

  private func stage(_ stage: Int, _ layers: inout LayerBuilder, _ input: ValueID) throws(InputError) -> ValueID {
    let channels = 64 << stage
    var x = try step("backbone.layers.\(stage).0", &layers, input, channels: channels, stride: 2)
    for block in 1...blockCounts[stage] {
      let name = "backbone.layers.\(stage).\(block)"
      let inner = try step("\(name).conv1", &layers, x, channels: channels / 2, kernel: 1)
      x = try layers.add(name, try step("\(name).conv2", &layers, inner, channels: channels), x)
    }
    return x
  }

  /// Convolution, batch normalisation and leaky ReLU: keys `<name>.0` and `<name>.1`.
  private func step(
    _ name: String, _ layers: inout LayerBuilder, _ input: ValueID, channels: Int, kernel: Int = 3, stride: Int = 1
  ) throws(InputError) -> ValueID {
    var x = try layers.centredConvolution("\(name).0", input, channels: channels, kernel: kernel, stride: stride, isBiased: false)
    x = try layers.batchNormalization("\(name).1", x)
    return try layers.graph.add(.activation(.leakyRelu(slope: 0.1)), name: "\(name).2", inputs: [x])
  }
}
