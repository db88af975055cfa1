/// What a calibration found: which nodes run in int8, which do not, and what was measured to decide it.
public struct CalibrationReport: Sendable, Hashable, Encodable {
  /// A node that could run in int8.
  public struct Node: Sendable, Hashable, Encodable {
    /// Its key.
    public var name: String
    /// What it runs in: "int8", "bf16" or "f32".
    public var precision: String
    /// Why it does not run in int8: "recipe" or "loss"; nil where it does.
    public var reason: String?
    /// What the output loses where it alone runs in int8, as a share; nil where that was not measured.
    public var loss: Double?
  }

  /// A map of the network.
  public struct Layer: Sendable, Hashable, Encodable {
    /// Its key.
    public var name: String
    /// How far it is from single precision in the calibrated network: the root of the sum of squared errors over that of squared values.
    public var int8: Double
    /// The same in the floating point that kept nodes run in.
    public var float: Double
  }

  /// Family and dialect: "enet:davidtvs".
  public var network: String
  /// Pictures whose maps were measured.
  public var frames: Int
  /// How many of them losses were measured on.
  public var lossFrames: Int
  /// Rows and columns of the input, "360x480".
  public var input: String
  /// What losses are: "labels that change" or "relative error of the outputs".
  public var measure: String
  /// The loss of the network as it is left.
  public var loss: Double
  /// The loss of the network with no node kept but those of the recipe.
  public var lossAtFirst: Double
  /// The loss of the network in the floating point that kept nodes run in; 0 for single precision.
  public var floatLoss: Double
  /// The floating point that kept nodes run in.
  public var floatPrecision: String
  /// The loss that was allowed.
  public var limit: Double
  /// Maps whose ranges are known.
  public var ranges: Int
  /// How ranges follow from what was measured: "entropy", "squares" or "extremes".
  public var rule: String
  /// The loss of the network by each rule, with no node kept but those of the recipe.
  public var ruleLosses: [String: Double]
  /// The nodes that could run in int8, in the order they run.
  public var nodes: [Node]
  /// The errors of every map, in the order of the network; nil where nobody asked.
  public var layers: [Layer]?

  private enum CodingKeys: String, CodingKey {
    case network, frames
    case lossFrames = "loss_frames"
    case input, measure, loss
    case lossAtFirst = "loss_at_first"
    case floatLoss = "float_loss"
    case floatPrecision = "float_precision"
    case limit, ranges, rule
    case ruleLosses = "rule_losses"
    case nodes, layers
  }

  /// The nodes that do not run in int8, those of the recipe first, then the worst first.
  public var kept: [Node] {
    nodes.filter { $0.reason == Self.recipe } + nodes.filter { $0.reason == Self.measured }.sorted { ($0.loss ?? 0) > ($1.loss ?? 0) }
  }

  /// Whether the loss is within what was allowed.
  public var isWithinLimit: Bool { loss <= limit }

  static let recipe = "recipe"
  static let measured = "loss"
}
