import SegBase
import SegGraph

/// HRNet (arXiv 1908.07919) as PaddleSeg 2.9 has it, with the fully convolutional head or that of OCRNet: "same" padding, so convolutions of stride 2 pad at the
/// bottom and right, and corners never aligned. Any width and input size; the keys tell the small versions.
struct PaddleHRNet {
  private var paddle: PaddleLayers
  /// Blocks of the first stage, modules of the three others, blocks of a branch.
  private let depth: (first: Int, modules: [Int], branch: Int)

  static func build(_ parameters: ParameterSource, _ shape: FeatureShape, classCount: Int) throws(InputError) -> Graph {
    var network = PaddleHRNet(paddle: PaddleLayers(parameters), depth: depth(of: parameters))
    return try network.build(shape, classCount)
  }

  /// The depth of the published version that has as many blocks in its first stage as the file, or the file's where that is deeper.
  private static func depth(of parameters: ParameterSource) -> (first: Int, modules: [Int], branch: Int) {
    let last = { (key: (Int) -> String) in (1...64).last { parameters.has(key($0)) } ?? 0 }
    let first = last { "backbone.la1.bb_layer2_\($0).conv1._conv.weight" }
    let published: (first: Int, modules: [Int], branch: Int) =
      switch first {
      case 1: (1, [1, 1, 1], 2)
      case 2: (2, [1, 3, 2], 2)
      default: (4, [1, 4, 3], 4)
      }
    let modules = (2...4).map { stage in
      last { "backbone.st\(stage).stage_st\(stage)_\($0).branches_func.bb_st\(stage)_\($0)_branch_layer_1_1.conv1._conv.weight" }
    }
    let branch = last { "backbone.st2.stage_st2_1.branches_func.bb_st2_1_branch_layer_1_\($0).conv1._conv.weight" }
    return (max(first, published.first), zip(modules, published.modules).map(max), max(branch, published.branch))
  }

  private mutating func build(_ shape: FeatureShape, _ classCount: Int) throws(InputError) -> Graph {
    paddle.layers.graph.stage = .shallow
    let input = paddle.layers.graph.input(shape)
    var x = try paddle.step("backbone.conv_layer1_1", input, channels: 64, kernel: 3, stride: 2)
    x = try paddle.step("backbone.conv_layer1_2", x, channels: 64, kernel: 3, stride: 2)
    for block in 1...depth.first { x = try bottleneck("backbone.la1.bb_layer2_\(block)", x, isWidening: block == 1) }
    var branches = [
      try paddle.step("backbone.tr1.transition_tr1_layer_1", x, channels: 18, kernel: 3),
      try paddle.step("backbone.tr1.transition_tr1_layer_2", x, channels: 36, kernel: 3, stride: 2),
    ]
    for stage in 2...4 {
      if stage > 2 {
        paddle.layers.graph.stage = .deep
        let last = branches[stage - 2]
        let channels = 2 * paddle.shape(of: last).channels
        let name = "backbone.tr\(stage - 1).transition_tr\(stage - 1)_layer_\(stage)"
        branches.append(try paddle.step(name, last, channels: channels, kernel: 3, stride: 2))
      }
      for module in 1...depth.modules[stage - 2] { branches = try self.module(stage: stage, module, branches) }
    }

    paddle.layers.graph.stage = .head
    var joined = [branches[0]]
    for branch in branches.dropFirst() { joined.append(try paddle.resize("backbone", branch, to: paddle.shape(of: branches[0]))) }
    let features = try paddle.concatenation("backbone", joined)
    let scores =
      Self.hasRegions(paddle.parameters.has) ? try regionHead(features, classCount) : try plainHead(features, classCount)
    return try paddle.finish("head", scores, size: shape)
  }

  /// 1x1, 3x3 and 1x1 convolutions beside a shortcut, which the first block widens.
  private mutating func bottleneck(_ name: String, _ input: ValueID, isWidening: Bool) throws(InputError) -> ValueID {
    let shortcut = isWidening ? try paddle.step("\(name).conv_down", input, channels: 256, activation: nil) : input
    var x = try paddle.step("\(name).conv1", input, channels: 64)
    x = try paddle.step("\(name).conv2", x, channels: 64, kernel: 3)
    x = try paddle.step("\(name).conv3", x, channels: paddle.shape(of: shortcut).channels, activation: nil)
    return try paddle.sum(name, [shortcut, x])
  }

  /// Residual blocks on each branch, then the exchange between the branches.
  private mutating func module(stage: Int, _ index: Int, _ inputs: [ValueID]) throws(InputError) -> [ValueID] {
    let (name, suffix) = ("backbone.st\(stage).stage_st\(stage)_\(index)", "st\(stage)_\(index)")
    var branches = inputs
    for (branch, input) in inputs.enumerated() {
      var x = input
      for block in 1...depth.branch {
        let key = "\(name).branches_func.bb_\(suffix)_branch_layer_\(branch + 1)_\(block)"
        let first = try paddle.step("\(key).conv1", x, channels: paddle.shape(of: x).channels, kernel: 3)
        let second = try paddle.step("\(key).conv2", first, channels: paddle.shape(of: x).channels, kernel: 3, activation: nil)
        x = try paddle.sum(key, [x, second])
      }
      branches[branch] = x
    }
    var results: [ValueID] = []
    for branch in branches.indices { results.append(try fused(branch, of: branches, "\(name).fuse_func.residual_\(suffix)_layer")) }
    return results
  }

  /// The sum of a branch, larger ones brought down by convolutions of stride 2, and smaller ones brought up by a 1x1 convolution and interpolation.
  private mutating func fused(_ target: Int, of branches: [ValueID], _ name: String) throws(InputError) -> ValueID {
    let shape = paddle.shape(of: branches[target])
    var sum = branches[target]
    var enlarged: [ValueID] = []
    for (source, branch) in branches.enumerated() {
      let key = "\(name)_\(target + 1)_\(source + 1)"
      if source > target {
        let x = try paddle.step(key, branch, channels: shape.channels, activation: nil)
        enlarged.append(try paddle.resize(key, x, to: shape))
      } else if source < target {
        var x = branch
        for step in 1..<target - source {
          x = try paddle.step("\(key)_\(step)", x, channels: paddle.shape(of: x).channels, kernel: 3, stride: 2)
        }
        x = try paddle.step("\(key)_\(target - source)", x, channels: shape.channels, kernel: 3, stride: 2, activation: nil)
        // A sum of two each, so that the convolution takes it in.
        sum = try paddle.sum(key, [sum, x], isRectified: false)
      }
    }
    return try paddle.sum("\(name)_\(target + 1)", [sum] + enlarged)
  }

  private mutating func plainHead(_ features: ValueID, _ classCount: Int) throws(InputError) -> ValueID {
    let x = try paddle.step("head.conv_1", features, channels: paddle.shape(of: features).channels)
    return try paddle.classifier("head.cls", x, classCount: classCount)
  }

  /// Object-contextual representations (arXiv 1909.11065): a feature of each class's soft region, and for every place the mix of those it is most like.
  private mutating func regionHead(_ features: ValueID, _ classCount: Int) throws(InputError) -> ValueID {
    var regions = try paddle.step("head.aux_head.0", features, channels: paddle.shape(of: features).channels)
    regions = try paddle.classifier("head.aux_head.1", regions, classCount: classCount)
    let pixels = try paddle.step("head.conv3x3_ocr", features, channels: 512, kernel: 3, border: .half)
    let objects = try paddle.layers.graph.add(.gatherRegions, name: "head.spatial_gather", inputs: [pixels, regions])

    let block = "head.spatial_ocr.attention_block"
    var query = try paddle.step("\(block).f_pixel.0", pixels, channels: 256)
    query = try paddle.step("\(block).f_pixel.1", query, channels: 256)
    var key = try paddle.step("\(block).f_object.0", objects, channels: 256)
    key = try paddle.step("\(block).f_object.1", key, channels: 256)
    let value = try paddle.step("\(block).f_down", objects, channels: 256)
    let scale = 1 / Float(paddle.shape(of: query).channels).squareRoot()
    var context = try paddle.layers.graph.add(.attend(scale: scale), name: block, inputs: [query, key, value])
    context = try paddle.step("\(block).f_up", context, channels: 512)
    let joined = try paddle.concatenation("head.spatial_ocr", [context, pixels])
    let x = try paddle.step("head.spatial_ocr.conv1x1.0", joined, channels: 512)
    return try paddle.classifier("head.cls_head", x, classCount: classCount)
  }

  /// Whether the head is OCRNet's, by which keys there are.
  static func hasRegions(_ has: (String) -> Bool) -> Bool { has("head.conv3x3_ocr._conv.weight") }

  /// Tensors that give a network of that width its structure.
  static func deciding(width: Int, hasRegions: Bool = false) -> [String: [Int]] {
    var shapes = [
      "backbone.tr1.transition_tr1_layer_1._conv.weight": [width, 256, 3, 3], "backbone.tr1.transition_tr1_layer_2._conv.weight": [2 * width, 256, 3, 3],
    ]
    if hasRegions { shapes["head.conv3x3_ocr._conv.weight"] = [512, 15 * width, 3, 3] }
    return shapes
  }

  /// "w18", "w48-ocr".
  static func variant(width: Int?, hasRegions: Bool) -> String? { width.map { "w\($0)\(hasRegions ? "-ocr" : "")" } }
}
