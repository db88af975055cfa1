import SegBase
import SegGraph

extension Yolact {
  /// Makes the graph of YolactEdge's pass between keyframes: C3 of the picture, levels 4 and 5 warped from the keyframe (NETWORKS.md 3.3).
  ///
  /// Inputs: the picture, then "cache0" (T4), "cache1" (T5) and "cache2" (the reduced lateral) of the keyframe's pass over a picture of the same size.
  func buildPartial(_ parameters: ParameterSource, _ shape: FeatureShape) throws(InputError) -> Graph {
    var layers = LayerBuilder(parameters)
    layers.graph.stage = .shallow
    let picture = layers.graph.input(shape)
    let sizes = Self.halvings(of: shape)
    let keyT4 = layers.graph.input(sizes[4].with(channels: pyramid.lateralChannels(4, parameters)))
    let keyT5 = layers.graph.input(sizes[5].with(channels: pyramid.lateralChannels(5, parameters)))
    let keyReduced = layers.graph.input(sizes[3].with(channels: FlowNetwork.reducedChannels(parameters)))
    let c3 = try parameters.backbone.addShallow(&layers, picture)
    let lateral = try pyramid.addLateral(3, &layers, c3)

    layers.graph.stage = .head
    let reduced = try FlowNetwork.addReduction(&layers, lateral)
    let motion = try FlowNetwork.add(&layers, current: reduced, key: keyReduced)
    let warped4 = try warp("warp.4", &layers, keyT4, motion.level4)
    let warped5 = try warp("warp.5", &layers, keyT5, motion.level5)
    // The sum of level 3 takes level 4 as it is before its refinement.
    let t3 = try pyramid.addSum(3, &layers, coarse: warped4, lateral: lateral)
    let (t4, t5) = try refine(&layers, lateral, warped4, warped5)
    try addHead(&layers, sums: [t3, t4, t5])
    return layers.graph.build()
  }

  /// Whether the file has layers that add the current frame's detail to the warped levels.
  static func refinesLevels(_ parameters: ParameterSource) -> Bool {
    refinements.contains { parameters.has("\($0).weight") || parameters.has("\($0).bias") }
  }

  private static let refinements = ["spa.refine_convs.0.0", "spa.refine_convs.1.0"]

  /// Moves features along the flow, then scales and shifts them. The network's flow is in eighths of the units that grids are in.
  private func warp(_ name: String, _ layers: inout LayerBuilder, _ features: ValueID, _ motion: FlowNetwork.Motion) throws(InputError) -> ValueID {
    let moved = try layers.graph.add(.warp(scale: 1 / 8), name: name, inputs: [features, motion.flow])
    let scaled = try layers.graph.add(.multiply, name: "\(name).scale", inputs: [moved, motion.scale])
    return try layers.add("\(name).bias", scaled, motion.bias)
  }

  /// Adds detail of the current frame's lateral to the warped levels; nothing where the file has no such layers.
  private func refine(
    _ layers: inout LayerBuilder, _ lateral: ValueID, _ level4: ValueID, _ level5: ValueID
  ) throws(InputError) -> (level4: ValueID, level5: ValueID) {
    if !Self.refinesLevels(layers.parameters) { return (level4, level5) }
    var detail = lateral
    var refined: [ValueID] = []
    for (name, level) in zip(Self.refinements, [level4, level5]) {
      // The lateral that was resized for level 4 is resized again for level 5.
      detail = try layers.resize("\(name).resize", detail, to: layers.graph.shape(of: level), alignCorners: false)
      let joined = try layers.graph.add(.concatenate, name: "\(name).input", inputs: [level, detail])
      let added = try layers.centredConvolution(name, joined, channels: FeaturePyramid.channels, activation: .leakyRelu(slope: 0.1))
      refined.append(try layers.add("\(name).sum", level, added))
    }
    return (refined[0], refined[1])
  }

  /// The sizes of a map after 0, 1, ... 5 convolutions of stride 2.
  private static func halvings(of shape: FeatureShape) -> [FeatureShape] {
    var sizes = [shape]
    for _ in 0..<5 {
      let last = sizes[sizes.count - 1]
      sizes.append(FeatureShape(height: (last.height + 1) / 2, width: (last.width + 1) / 2, channels: last.channels))
    }
    return sizes
  }
}

extension FeatureShape {
  fileprivate func with(channels: Int) -> FeatureShape { FeatureShape(height: height, width: width, channels: channels) }
}
