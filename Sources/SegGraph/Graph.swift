/// A value that flows through a graph: the output of one node or a graph input.
public struct ValueID: Hashable, Sendable {
  /// Index into `Graph.values`.
  public let index: Int
}

/// Which part of a network a node belongs to; keyframe scheduling runs the parts on different frames.
public enum Stage: String, Sendable, Hashable, CaseIterable {
  /// Runs on every frame from the picture.
  case shallow
  /// Runs on keyframes; its results are cached.
  case deep
  /// Runs on every frame; joins the two others.
  case head
}

/// One step of a network.
public struct Node: Sendable {
  /// The checkpoint's key prefix the node stands for ("regular1_1.ext_conv2.0"), or a name like it.
  public var name: String
  /// What the node computes.
  public var operation: Operation
  /// The values it reads, in the operation's order.
  public var inputs: [ValueID]
  /// The values it makes: one, or two for a max pool with indices (values, then indices).
  public var outputs: [ValueID]
  /// The part of the network the node belongs to.
  public var stage: Stage
}

/// A value of a graph: its shape, how its elements are stored, and whether it holds max-pool positions instead of numbers.
public struct GraphValue: Sendable {
  /// Rows, columns, channels.
  public var shape: FeatureShape
  /// True for the positions a max pool keeps for its unpool.
  public var isIndices = false
  /// How its elements are stored; indices have a format of the runtime's.
  public var format = ElementFormat.float32
}

/// A network for one input size, as a pure value: nodes in an order in which every node's inputs come before it.
///
/// Weights are inside the operations, so passes that rewrite the graph can change them.
public struct Graph: Sendable {
  /// Every value: the inputs first, then the nodes' outputs.
  public internal(set) var values: [GraphValue] = []
  /// The nodes in execution order.
  public internal(set) var nodes: [Node] = []
  /// The values the caller fills.
  public internal(set) var inputs: [ValueID] = []
  /// The values the caller reads, with the names they go by ("logits").
  public internal(set) var outputs: [(name: String, value: ValueID)] = []

  /// Makes an empty graph.
  public init() {}

  /// The shape of a value.
  public func shape(of value: ValueID) -> FeatureShape { values[value.index].shape }
}
