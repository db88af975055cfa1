extension Graph {
  /// Drops the nodes whose results nothing reads and the values nothing makes or reads, and numbers the rest anew. Inputs and outputs stay.
  ///
  /// A max pool whose indices nothing reads stops keeping them.
  public func removingDeadNodes() -> Graph {
    var isLive = [Bool](repeating: false, count: values.count)
    for output in outputs { isLive[output.value.index] = true }
    var kept: [Node] = []
    for node in nodes.reversed() where node.outputs.contains(where: { isLive[$0.index] }) {
      for input in node.inputs { isLive[input.index] = true }
      var node = node
      if case .maxPool(let window, keepsIndices: true) = node.operation, !isLive[node.outputs[1].index] {
        node.operation = .maxPool(window, keepsIndices: false)
        node.outputs.removeLast()
      }
      for output in node.outputs { isLive[output.index] = true }
      kept.append(node)
    }
    for input in inputs { isLive[input.index] = true }

    var graph = Graph()
    var renumbered = [ValueID](repeating: ValueID(index: -1), count: values.count)
    for (index, value) in values.enumerated() where isLive[index] {
      renumbered[index] = ValueID(index: graph.values.count)
      graph.values.append(value)
    }
    graph.inputs = inputs.map { renumbered[$0.index] }
    graph.outputs = outputs.map { ($0.name, renumbered[$0.value.index]) }
    graph.nodes = kept.reversed().map { node in
      var node = node
      node.inputs = node.inputs.map { renumbered[$0.index] }
      node.outputs = node.outputs.map { renumbered[$0.index] }
      return node
    }
    return graph
  }
}
