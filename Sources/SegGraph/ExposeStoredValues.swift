extension Graph {
  /// The network in the arithmetic of `plan` with every map as an output that goes by its key (`valueKeys` of this graph), in place of the outputs it has: as it
  /// is stored, rounded to its format. For measuring errors; for an optimised graph, and to be run as it is.
  public func exposingStoredValues(_ plan: PrecisionPlan, readsOddChannels: (Node, Graph) -> Bool = { _, _ in false }) -> Graph {
    let keys = valueKeys
    // What conversions need is added behind the values there are, which keep their places.
    var graph = assigningFormats(plan, readsOddChannels: readsOddChannels)
    graph.outputs = []
    for (index, value) in values.enumerated() where !value.isIndices && !keys[index].isEmpty {
      var exposed = ValueID(index: index)
      if graph.values[index].format != .float32 {
        exposed = ValueID(index: graph.values.count)
        graph.values.append(GraphValue(shape: value.shape))
        graph.nodes.append(Node(name: keys[index], operation: .convert, inputs: [ValueID(index: index)], outputs: [exposed], stage: .head))
      }
      graph.outputs.append((keys[index], exposed))
    }
    return graph
  }
}
