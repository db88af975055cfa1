extension Graph {
  /// The same graph with those of its outputs whose name `isKept` holds for; what only the others need goes with them when dead nodes are removed.
  public func keepingOutputs(_ isKept: (String) -> Bool) -> Graph {
    var graph = self
    graph.outputs.removeAll { !isKept($0.name) }
    return graph
  }
}
