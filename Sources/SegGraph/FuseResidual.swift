extension Graph {
  /// Puts each sum of two maps, with its activation, into the convolution that makes one of them.
  ///
  /// The convolution must have no other reader and takes one sum. Where both maps come from convolutions the later one takes it, so that the earlier result
  /// is ready. The fused node stands where the sum stood.
  public func fusingResiduals() -> Graph {
    var graph = self
    let uses = GraphUses(self)
    var removed = [Bool](repeating: false, count: nodes.count)
    for (index, node) in nodes.enumerated() {
      guard case .add(let activation) = node.operation, node.inputs.count == 2, node.inputs[0] != node.inputs[1] else { continue }
      let candidates = node.inputs.indices.compactMap { place -> (place: Int, producer: Int)? in
        guard let producer = uses.producer[node.inputs[place].index], uses.onlyConsumer(of: node.inputs[place]) == index, !removed[producer],
          nodes[producer].stage == node.stage, graph.nodes[producer].operation.takesSum
        else { return nil }
        return (place, producer)
      }
      guard let chosen = candidates.max(by: { $0.producer < $1.producer }) else { continue }
      var fused = graph.nodes[chosen.producer]
      fused.inputs.append(node.inputs[1 - chosen.place])
      fused.operation.appendPost(.add(inputIndex: fused.inputs.count - 1))
      if let activation { fused.operation.appendPost(.activation(activation)) }
      fused.outputs = node.outputs
      graph.nodes[index] = fused
      removed[chosen.producer] = true
    }
    graph.nodes = graph.nodes.indices.filter { !removed[$0] }.map { graph.nodes[$0] }
    return graph
  }
}

extension Operation {
  /// What follows the sums of a convolution of either kind; nil for other operations.
  public var postOperations: [PostOperation]? {
    switch self {
    case .convolution(let convolution): convolution.postOperations
    case .transposedConvolution(let convolution): convolution.postOperations
    default: nil
    }
  }

  /// Whether it is a convolution of either kind without a sum.
  fileprivate var takesSum: Bool { postOperations?.contains { if case .add = $0 { true } else { false } } == false }

  fileprivate mutating func appendPost(_ operation: PostOperation) {
    switch self {
    case .convolution(var convolution):
      convolution.postOperations.append(operation)
      self = .convolution(convolution)
    case .transposedConvolution(var convolution):
      convolution.postOperations.append(operation)
      self = .transposedConvolution(convolution)
    default: preconditionFailure("only convolutions have post-operations")
    }
  }
}
