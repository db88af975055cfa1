import SegBase
import SegGraph

/// ResNet-vd (arXiv 1812.01187) as PaddleSeg 2.9 has it, of bottleneck blocks, with an output stride of 8: the last two stages are dilated by 2 and 4.
struct PaddleResNet {
  /// Factors on the dilation of the last stage's blocks.
  let multiGrid: [Int]

  /// Blocks of the four stages: those of the shallowest of ResNet-50, 101, 152 and 200 that has all of the file's.
  static func depth(_ has: (String) -> Bool) -> [Int] {
    func blocks(_ stage: Int, _ published: [Int]) -> Int {
      let last = (0..<64).last { has("backbone.bb_\(stage)_\($0).conv0._conv.weight") } ?? 0
      return published.first { $0 > last } ?? last + 1
    }
    return [3, blocks(1, [4, 8, 12]), blocks(2, [6, 23, 36, 48]), 3]
  }

  /// "resnet50", "resnet101".
  static func variant(_ has: (String) -> Bool) -> String { "resnet\(3 * depth(has).reduce(0, +) + 2)" }

  /// Stem and first stage, which belong to the shallow stage of the graph; the output has a stride of 4.
  func addShallow(_ paddle: inout PaddleLayers, _ input: ValueID) throws(InputError) -> ValueID {
    paddle.layers.graph.stage = .shallow
    var x = try paddle.step("backbone.conv1_1", input, channels: 32, kernel: 3, stride: 2, border: .half)
    x = try paddle.step("backbone.conv1_2", x, channels: 32, kernel: 3)
    x = try paddle.step("backbone.conv1_3", x, channels: 64, kernel: 3)
    x = try paddle.layers.graph.add(
      .maxPool(PoolingWindow(kernel: 3, stride: 2, padding: 1), keepsIndices: false), name: "backbone.pool2d_max", inputs: [x])
    return try add(&paddle, stage: 0, x)
  }

  /// The other stages, which belong to the deep stage of the graph; the output has a stride of 8.
  func addDeep(_ paddle: inout PaddleLayers, _ input: ValueID) throws(InputError) -> ValueID {
    paddle.layers.graph.stage = .deep
    var x = input
    for stage in 1...3 { x = try add(&paddle, stage: stage, x) }
    return x
  }

  private func add(_ paddle: inout PaddleLayers, stage: Int, _ input: ValueID) throws(InputError) -> ValueID {
    let has = paddle.parameters.has
    var x = input
    for block in 0..<Self.depth(has)[stage] {
      let grid = stage == 3 ? multiGrid[min(block, multiGrid.count - 1)] : 1
      let dilation = [1, 1, 2, 4][stage] * grid
      x = try bottleneck(
        &paddle, "backbone.bb_\(stage)_\(block)", x, channels: 64 << stage, stride: stage == 1 && block == 0 ? 2 : 1, dilation: dilation,
        isWidening: block == 0)
    }
    return x
  }

  /// The first block of a stage has a convolution on its shortcut, after a mean over 2x2 where the block halves the map.
  private func bottleneck(
    _ paddle: inout PaddleLayers, _ name: String, _ input: ValueID, channels: Int, stride: Int, dilation: Int, isWidening: Bool
  ) throws(InputError) -> ValueID {
    var x = try paddle.step("\(name).conv0", input, channels: channels)
    x = try paddle.step("\(name).conv1", x, channels: channels, kernel: 3, stride: stride, dilation: dilation, border: .half)
    x = try paddle.step("\(name).conv2", x, channels: 4 * channels, activation: nil)
    var shortcut = input
    if stride > 1 {
      let window = PoolingWindow(kernel: stride, stride: stride, ceilMode: true)
      shortcut = try paddle.layers.graph.add(.averagePool(window), name: "\(name).short", inputs: [input])
    }
    if isWidening { shortcut = try paddle.step("\(name).short", shortcut, channels: 4 * channels, activation: nil) }
    return try paddle.sum(name, [shortcut, x])
  }
}
