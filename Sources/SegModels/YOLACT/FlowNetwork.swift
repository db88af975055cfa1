import SegBase
import SegGraph

/// YolactEdge's small flow network (arXiv 2012.12259, 3.2; NETWORKS.md 3.3): how the coarse features of a keyframe move to another frame, and how they change.
enum FlowNetwork {
  /// What the network says about one level.
  struct Motion {
    /// Height x width x 2: x, then y, of where each place comes from.
    let flow: ValueID
    /// Factors and summands of the warped features.
    let scale, bias: ValueID
  }

  /// The layer that reduces laterals.
  static let reducer = "flow_net_pre_convs.convs.0.0"
  private static let activation = Activation.leakyRelu(slope: 0.1)

  /// Adds the reduction of level 3's lateral to few channels; of the keyframe's and of each other frame's.
  static func addReduction(_ layers: inout LayerBuilder, _ lateral: ValueID) throws(InputError) -> ValueID {
    try layers.centredConvolution(reducer, lateral, channels: 64, activation: activation)
  }

  /// Channels of a reduced lateral, as the file says.
  static func reducedChannels(_ parameters: ParameterSource) -> Int {
    guard let shape = parameters.shape(of: reducer + ".weight"), let count = shape.first, count > 0 else { return 64 }
    return count
  }

  /// Adds the network on the reduced laterals of the current frame and the keyframe; the motion of levels 4 and 5.
  ///
  /// The layers of level 3 are in every file and counted by the published figures, but nothing reads their results.
  static func add(_ layers: inout LayerBuilder, current: ValueID, key: ValueID) throws(InputError) -> (level4: Motion, level5: Motion) {
    let joined = try layers.graph.add(.concatenate, name: "flow_net.input", inputs: [current, key])
    let first = try pair(1, &layers, joined, channels: 64, stride: 1)
    let second = try pair(2, &layers, first, channels: 128, stride: 2)
    let third = try pair(3, &layers, second, channels: 256, stride: 2)
    let level5 = try motion(3, &layers, third)
    let refined = try refinement(3, &layers, third, level5.flow, finer: second, channels: 128)
    let level4 = try motion(2, &layers, refined)
    _ = try motion(1, &layers, try refinement(2, &layers, refined, level4.flow, finer: first, channels: 64))
    return (level4, level5)
  }

  private static func pair(_ index: Int, _ layers: inout LayerBuilder, _ input: ValueID, channels: Int, stride: Int) throws(InputError) -> ValueID {
    let x = try layers.centredConvolution("flow_net.conv\(index).0.0", input, channels: channels, stride: stride, activation: activation)
    return try layers.centredConvolution("flow_net.conv\(index).1.0", x, channels: channels, activation: activation)
  }

  private static func motion(_ index: Int, _ layers: inout LayerBuilder, _ features: ValueID) throws(InputError) -> Motion {
    let name = "flow_net.pred\(index)"
    return Motion(
      flow: try layers.centredConvolution("\(name).conv", features, channels: 2, isBiased: false),
      scale: try layers.centredConvolution("\(name).scale", features, channels: FeaturePyramid.channels, kernel: 1),
      bias: try layers.centredConvolution("\(name).bias", features, channels: FeaturePyramid.channels, kernel: 1))
  }

  /// Joins a finer level's features with those of the level above it and its flow.
  private static func refinement(
    _ index: Int, _ layers: inout LayerBuilder, _ features: ValueID, _ flow: ValueID, finer: ValueID, channels: Int
  ) throws(InputError) -> ValueID {
    var (features, flow) = (features, flow)
    features = try layers.resize("flow_net.upfeat\(index).resize", features, to: layers.graph.shape(of: finer), alignCorners: false)
    features = try layers.centredConvolution("flow_net.upfeat\(index)", features, channels: channels, isBiased: false)
    flow = try layers.resize("flow_net.upflow\(index).resize", flow, to: layers.graph.shape(of: finer), alignCorners: false)
    flow = try layers.centredConvolution("flow_net.upflow\(index)", flow, channels: 2, isBiased: false)
    return try layers.graph.add(.concatenate, name: "flow_net.refinement\(index)", inputs: [finer, features, flow])
  }
}
