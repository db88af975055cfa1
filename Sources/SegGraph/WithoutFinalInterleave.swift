extension Graph {
  /// The graph, optimised, with an output taken before the interleave that makes it, for callers that can read its blocks.
  ///
  /// Nil where the optimised graph's output of that name is not made by a plain `interleave` that nothing else reads.
  public func withoutFinalInterleave(of outputName: String) -> (graph: Graph, interleave: Interleave)? {
    var graph = optimized()
    guard let place = graph.outputs.firstIndex(where: { $0.name == outputName }) else { return nil }
    let value = graph.outputs[place].value
    let uses = GraphUses(graph)
    guard let producer = uses.producer[value.index], uses.consumers[value.index].isEmpty, graph.outputs.count(where: { $0.value == value }) == 1,
      case .interleave(let interleave) = graph.nodes[producer].operation, interleave.activation == nil, graph.nodes[producer].inputs.count == 1
    else { return nil }
    graph.outputs[place].value = graph.nodes[producer].inputs[0]
    graph.nodes.remove(at: producer)
    return (graph, interleave)
  }
}
