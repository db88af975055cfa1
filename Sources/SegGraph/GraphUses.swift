/// Who makes and who reads each value of a graph: a snapshot that passes look things up in.
struct GraphUses {
  /// For each value, the node that makes it; nil for graph inputs.
  let producer: [Int?]
  /// For each value, the nodes that read it, once per reading input.
  let consumers: [[Int]]
  /// For each value, whether the caller reads it.
  let isOutput: [Bool]

  init(_ graph: Graph) {
    var producer = [Int?](repeating: nil, count: graph.values.count)
    var consumers = [[Int]](repeating: [], count: graph.values.count)
    var isOutput = [Bool](repeating: false, count: graph.values.count)
    for (index, node) in graph.nodes.enumerated() {
      for input in node.inputs { consumers[input.index].append(index) }
      for output in node.outputs { producer[output.index] = index }
    }
    for output in graph.outputs { isOutput[output.value.index] = true }
    (self.producer, self.consumers, self.isOutput) = (producer, consumers, isOutput)
  }

  /// The one node that reads `value`, when exactly one does, once, and the caller does not.
  func onlyConsumer(of value: ValueID) -> Int? {
    let readers = consumers[value.index]
    return readers.count == 1 && !isOutput[value.index] ? readers[0] : nil
  }
}

extension Graph {
  /// Merges every pair (a node, the only reader of its single output, in one stage) for which `merge` gives an operation.
  ///
  /// The merged node stands where the first stood, keeps its name and inputs, and makes the second's output. The second must read nothing else.
  func mergingPairs(_ merge: (Operation, Operation) -> Operation?) -> Graph {
    var graph = self
    let uses = GraphUses(self)
    var removed = [Bool](repeating: false, count: nodes.count)
    for index in nodes.indices where !removed[index] {
      while graph.nodes[index].outputs.count == 1, let reader = uses.onlyConsumer(of: graph.nodes[index].outputs[0]) {
        let second = graph.nodes[reader]
        guard !removed[reader], second.inputs.count == 1, second.outputs.count == 1, second.stage == graph.nodes[index].stage,
          let operation = merge(graph.nodes[index].operation, second.operation)
        else { break }
        graph.nodes[index].operation = operation
        graph.nodes[index].outputs = second.outputs
        removed[reader] = true
      }
    }
    graph.nodes = graph.nodes.indices.filter { !removed[$0] }.map { graph.nodes[$0] }
    return graph
  }
}
