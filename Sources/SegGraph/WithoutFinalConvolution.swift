/// A convolution at a network's end, taken off the graph.
public struct FinalConvolution: Sendable {
  /// The convolution; it reads one map, and its values are not of the graph that is left.
  public let node: Node
  /// The map it reads, in the graph that is left.
  public let input: ValueID
  /// Shape of what it makes.
  public let made: FeatureShape
  /// Shape of the output: of `made`, or of its positions where those of a block are split; as many rows.
  public let output: FeatureShape
}

extension Graph {
  /// The graph without the convolution that makes an output, for callers that run it themselves; the output of that name is then what the convolution reads.
  ///
  /// Nil where the output is not made by a plain convolution into floats that nothing else reads (its positions may be split).
  public func withoutFinalConvolution(of outputName: String) -> (graph: Graph, last: FinalConvolution)? {
    guard let place = outputs.firstIndex(where: { $0.name == outputName }) else { return nil }
    let uses = GraphUses(self)
    let output = outputs[place].value
    guard var maker = uses.producer[output.index], uses.consumers[output.index].isEmpty, outputs.count(where: { $0.value == output }) == 1 else { return nil }
    var removed = [maker]
    if case .splitPositions = nodes[maker].operation {
      let split = nodes[maker].inputs[0]
      guard uses.onlyConsumer(of: split) == maker, let producer = uses.producer[split.index] else { return nil }
      maker = producer
      removed.insert(maker, at: 0)
    }
    let node = nodes[maker]
    guard case .convolution(let convolution) = node.operation, convolution.postOperations.isEmpty, convolution.enlargement == nil,
      values[node.outputs[0].index].format == .float32
    else { return nil }
    var graph = self
    graph.outputs[place].value = node.inputs[0]
    for index in removed.reversed() { graph.nodes.remove(at: index) }
    graph = graph.removingDeadNodes()
    let last = FinalConvolution(node: node, input: graph.outputs[place].value, made: shape(of: node.outputs[0]), output: shape(of: output))
    return (graph, last)
  }
}
