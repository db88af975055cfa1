public import SegBase
public import SegGraph
public import SegTensor

/// A graph as other programs read it: a JSON object without weights, whose tensors are named entries of a safetensors file beside it.
///
/// Shapes are channels, rows, columns, the order of the axes in other frameworks; all else is as in `Graph`.
public struct GraphDescription: Codable, Equatable, Sendable {
  /// A value that the caller of the network reads.
  public struct Output: Codable, Equatable, Sendable {
    /// "logits", "loc0".
    public let name: String
    /// Index into `values`.
    public let value: Int
  }

  /// How class labels are made of an output: bilinear interpolation to `height` x `width` where it is smaller, then the class with the greatest score.
  public struct Labels: Codable, Equatable, Sendable {
    /// The name of the output.
    public let scores: String
    /// Rows and columns of the labels.
    public let height, width: Int
    /// Whether the corners of scores and labels are aligned.
    public let alignsCorners: Bool

    /// Makes a rule.
    public init(scores: String, height: Int, width: Int, alignsCorners: Bool) {
      (self.scores, self.height, self.width, self.alignsCorners) = (scores, height, width, alignsCorners)
    }
  }

  /// The network's whole name: "enet:davidtvs".
  public let network: String
  /// The shape of every value: channels, rows, columns.
  public let values: [[Int]]
  /// The values the caller fills.
  public let inputs: [Int]
  /// The values the caller reads.
  public let outputs: [Output]
  /// Nil for networks that find instances.
  public let labels: Labels?
  /// The nodes in execution order.
  public let nodes: [NodeDescription]

  /// Describes a graph that no pass has fused anything in. Weights are added to `weights` as "<node>.<name>".
  ///
  /// Throws for operations that the networks of the comparison do not have.
  public init(_ graph: Graph, network: String, labels: Labels?, weights: inout NamedTensors) throws(InputError) {
    (self.network, self.labels) = (network, labels)
    values = graph.values.map { [$0.shape.channels, $0.shape.height, $0.shape.width] }
    inputs = graph.inputs.map(\.index)
    outputs = graph.outputs.map { Output(name: $0.name, value: $0.value.index) }
    var nodes: [NodeDescription] = []
    for (index, node) in graph.nodes.enumerated() {
      var description = try NodeDescription(node)
      for (name, tensor) in description.weights {
        weights["\(index).\(name)"] = tensor
        description.tensors[name] = "\(index).\(name)"
      }
      nodes.append(description)
    }
    self.nodes = nodes
  }
}
