import SegBase
import SegGraph
import SegTensor

extension Network {
  /// What every checkpoint of the family has, whatever its backbone.
  private static let headKey = "prediction_layers.0.bbox_layer.weight"
  private static let plusKey = "backbone.layers.1.0.conv2.conv_offset_mask.weight"
  private static let flowKeys = ["flow_net.conv1.0.0.weight", "flow_net.conv1.0.0.bias", FlowNetwork.reducer + ".weight"]

  /// dbolya/yolact: ResNets and DarkNet-53. YolactEdge's programs run these files too.
  static let yolact = yolactFamily(
    .yolact, "yolact", keys: .whole, signature: ["fpn.lat_layers.0.weight", headKey], foreign: [plusKey], acceptedAs: [.yolactEdge],
    variants: [resNet([3, 4, 6, 3]), resNet([3, 4, 23, 3]), darkNet, resNet([3, 8, 36, 3])])

  /// YOLACT++: deformable convolutions, nine anchors a position, scores of masks.
  static let yolactPlus: Network = {
    var network = yolactFamily(
      .yolact, "yolact-plus", keys: .whole, signature: ["fpn.lat_layers.0.weight", headKey, plusKey], foreign: [],
      variants: [plus([3, 4, 6, 3], interval: 1), plus([3, 4, 23, 3], interval: 3)])
    network.buildMaskScoring = { parameters, size, classCount throws(InputError) in
      if !MaskScoringNetwork.isPresent(parameters.has) { return nil }
      return try MaskScoringNetwork.build(parameters, height: size.height, width: size.width, classCount: classCount)
    }
    return network
  }()

  /// YolactEdge's networks for images.
  static let yolactEdge = yolactFamily(
    .yolactEdge, "yolact-edge", keys: .split, signature: ["fpn_phase_1.lat_layers.0.weight", headKey], foreign: flowKeys,
    variants: [resNet([3, 4, 6, 3]), resNet([3, 4, 23, 3]), mobileNet])

  /// YolactEdge's networks for videos: with a flow network for the frames between keyframes.
  static let yolactEdgeVideo: Network = {
    let detail = ["spa.refine_convs.0.0.weight": [256, 512, 3, 3]]
    var network = yolactFamily(
      .yolactEdge, "yolact-edge-video", keys: .split, signature: ["fpn_phase_1.lat_layers.0.weight", headKey, flowKeys[0]], foreign: [],
      variants: [
        resNet([3, 4, 6, 3], classCount: 41, also: detail), resNet([3, 4, 23, 3], classCount: 41, also: detail),
        resNet([3, 4, 23, 3], "-minimal", classCount: 41),
      ], keepsCache: true)
    network.variant = { tensors in
      let parameters = ParameterSource(tensors)
      return parameters.backbone.name + (Yolact.refinesLevels(parameters) ? "" : "-minimal")
    }
    network.buildPartial = { parameters, shape, classCount throws(InputError) in
      try Yolact(parameters, keys: .split, classCount: classCount).buildPartial(parameters, shape)
    }
    network.publishedCosts = { full, partial in
      // The keyframe's lateral is reduced once, with the keyframe; the authors' program does it again for every other frame, and they count it there.
      let reduction = full.nodes.filter { $0.name == FlowNetwork.reducer }.reduce(0) { $0 + full.multiplyAccumulates(of: $1) }
      let key = PassCost(name: "keyframe", multiplyAccumulates: full.multiplyAccumulates - reduction)
      guard let partial else { return [key] }
      return [key, PassCost(name: "between keyframes", multiplyAccumulates: partial.multiplyAccumulates + reduction)]
    }
    return network
  }()

  private static func yolactFamily(
    _ architecture: Architecture, _ dialect: String, keys: FeaturePyramid.Keys, signature: [String], foreign: [String],
    acceptedAs: Set<Architecture> = [], variants: [Variant], keepsCache: Bool = false
  ) -> Network {
    var network = Network(
      architecture: architecture, dialect: dialect,
      published: architecture == .yolact ? "https://github.com/dbolya/yolact" : "https://github.com/haotian-liu/yolact_edge", preprocessing: .yolact,
      sizeDivisor: 1, nativeSize: { squareSize(fileName: $0.fileName) },
      signature: signature, foreign: foreign,
      classCount: { tensors in
        let count = layout(tensors).classCount
        return count > 0 ? count : nil
      }, variants: variants
    ) { parameters, shape, classCount throws(InputError) in
      try Yolact(parameters, keys: keys, classCount: classCount, keepsCache: keepsCache).build(parameters, shape)
    }
    network.acceptedAs = acceptedAs
    network.hasFixedSize = true
    // YolactEdge's recipe: backbone and prototypes in int8, pyramid and prediction heads not (NETWORKS.md 3.7).
    network.preciseParts = ["fpn", "prediction_layers."]
    network.variant = { ParameterSource($0).backbone.name }
    network.variantPreprocessing = { ParameterSource($0).backbone is DarkNetBackbone ? .unit : nil }
    network.instances = layout
    network.rename = { isUnread($0) ? nil : $0 }
    return network
  }

  @Sendable private static func layout(_ tensors: NamedTensors) -> InstanceLayout { .yolact { tensors[$0]?.shape } }

  /// The side the configuration named like the file is for: yolact_im700_54_800000.pth.
  private static func squareSize(fileName: String) -> PixelSize {
    let side = fileName.contains("im700") ? 700 : fileName.contains("im400") ? 400 : 550
    return PixelSize(width: side, height: side)
  }

  /// Whether only training reads a tensor, or nothing: the auxiliary layer, and copies and spare layers in the files of the first release.
  private static func isUnread(_ key: String) -> Bool {
    if key.hasPrefix("semantic_seg_conv.") || key.hasPrefix("backbone.layer") && !key.hasPrefix("backbone.layers.") { return true }
    for list in ["fpn.downsample_layers.", "fpn_phase_2.downsample_layers."] where key.hasPrefix(list) {
      return Int(key.dropFirst(list.count).prefix { $0 != "." }).map { $0 >= 2 } ?? false
    }
    return false
  }
}

extension Network {
  private static let darkNet = Variant("darknet53", classCount: 81, deciding: ["backbone._preconv.0.weight": [32, 3, 3, 3]])
  private static let mobileNet = Variant("mobilenetv2", classCount: 81, deciding: ["backbone.layers.0.0.weight": [32, 3, 3, 3]])

  private static func resNet(_ blocks: [Int], _ suffix: String = "", classCount: Int = 81, also: [String: [Int]] = [:]) -> Variant {
    var deciding = also
    for (stage, count) in blocks.enumerated() { deciding["backbone.layers.\(stage).\(count - 1).conv1.weight"] = [64 << stage, 256 << stage, 1, 1] }
    return Variant("resnet\(3 * blocks.reduce(0, +) + 2)\(suffix)", classCount: classCount, deciding: deciding)
  }

  /// A ResNet whose stages but the first have a deformable convolution in every `interval`-th block.
  private static func plus(_ blocks: [Int], interval: Int) -> Variant {
    var deciding = ["prediction_layers.0.bbox_layer.weight": [36, 256, 3, 3], "maskiou_net.maskiou_net.0.weight": [8, 1, 3, 3]]
    for stage in 1..<4 {
      for block in stride(from: 0, to: blocks[stage], by: interval) { deciding["backbone.layers.\(stage).\(block).conv2.conv_offset_mask.bias"] = [27] }
    }
    return resNet(blocks, also: deciding)
  }
}

extension Preprocessing {
  /// What YOLACT's ResNets were trained with: ImageNet's mean and deviation on the scale of 0 to 255.
  static let yolact = Preprocessing(scale: 1, mean: [123.68, 116.78, 103.94], deviation: [58.40, 57.12, 57.38])
}
