import SegBase
import SegGraph

/// A feature pyramid (Lin et al. 2017, arXiv 1612.03144) of five levels in two parts: laterals with their sums, then predictions with two coarser levels.
///
/// Lists of layers are stored coarsest first: layer 0 belongs to level 5 (C5, P5), layer 2 to level 3 (NETWORKS.md 2.3).
struct FeaturePyramid {
  /// How the parts' keys start.
  enum Keys {
    /// YOLACT: both parts under "fpn".
    case whole
    /// YolactEdge: "fpn_phase_1" and "fpn_phase_2".
    case split
  }

  private let first, second: String
  static let channels = 256

  init(_ keys: Keys) { (first, second) = keys == .whole ? ("fpn", "fpn") : ("fpn_phase_1", "fpn_phase_2") }

  /// Adds the lateral of level 3, 4 or 5.
  func addLateral(_ level: Int, _ layers: inout LayerBuilder, _ features: ValueID) throws(InputError) -> ValueID {
    try layers.centredConvolution(lateralName(level), features, channels: Self.channels, kernel: 1)
  }

  /// Channels of a level's lateral, as the file says.
  func lateralChannels(_ level: Int, _ parameters: ParameterSource) -> Int {
    guard let shape = parameters.shape(of: lateralName(level) + ".weight"), let count = shape.first, count > 0 else { return Self.channels }
    return count
  }

  /// Adds a finer level's lateral to what lies above it, resized to the lateral's size.
  func addSum(_ level: Int, _ layers: inout LayerBuilder, coarse: ValueID, lateral: ValueID) throws(InputError) -> ValueID {
    let resized = try layers.resize("\(first).top_down.\(level)", coarse, to: layers.graph.shape(of: lateral), alignCorners: false)
    return try layers.add("\(first).sum.\(level)", lateral, resized)
  }

  /// Adds the second part: from the sums of levels 3 to 5 to P3 ... P7.
  func addPredictions(_ layers: inout LayerBuilder, sums: [ValueID]) throws(InputError) -> [ValueID] {
    var levels: [ValueID] = []
    for (index, sum) in sums.enumerated() {
      levels.append(try layers.centredConvolution("\(second).pred_layers.\(2 - index)", sum, channels: Self.channels, activation: .relu))
    }
    for index in 0..<2 {
      levels.append(try layers.centredConvolution("\(second).downsample_layers.\(index)", levels[2 + index], channels: Self.channels, stride: 2))
    }
    return levels
  }

  private func lateralName(_ level: Int) -> String { "\(first).lat_layers.\(5 - level)" }
}
