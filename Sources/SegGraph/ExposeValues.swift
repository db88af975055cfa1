extension Graph {
  /// The same graph with every map as an output that goes by its key (`valueKeys`), in place of the outputs it has: for measuring ranges. For an optimised
  /// graph, which must not be optimised again.
  public func exposingValues() -> Graph {
    var graph = self
    graph.outputs = zip(values.indices, valueKeys).compactMap { index, key in
      values[index].isIndices || key.isEmpty ? nil : (key, ValueID(index: index))
    }
    return graph
  }
}
