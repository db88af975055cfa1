import SegTensor

extension Graph {
  /// Moves a batch normalisation or activation that follows a concatenation to each of the joined maps, where convolutions can take it.
  ///
  /// Done where the concatenation has no other reader and at least one joined map is a convolution's only use.
  public func distributingOverConcatenation() -> Graph {
    var graph = self
    while let next = graph.distributedOnce() { graph = next }
    return graph
  }

  private func distributedOnce() -> Graph? {
    let uses = GraphUses(self)
    for (index, node) in nodes.enumerated() {
      guard case .concatenate = node.operation, let reader = uses.onlyConsumer(of: node.outputs[0]), nodes[reader].stage == node.stage else { continue }
      let takesPart = node.inputs.contains { input in
        guard let producer = uses.producer[input.index], uses.onlyConsumer(of: input) == index else { return false }
        return nodes[producer].operation.postOperations != nil
      }
      guard takesPart, nodes[reader].operation.isPerChannel else { continue }
      return distributing(nodes[reader], at: reader, over: index)
    }
    return nil
  }

  private func distributing(_ second: Node, at reader: Int, over index: Int) -> Graph {
    var graph = self
    var parts: [Node] = []
    var channel = 0
    for input in nodes[index].inputs {
      let shape = shape(of: input)
      graph.values.append(GraphValue(shape: shape))
      let part = second.operation.perChannelSlice(channel..<channel + shape.channels)
      parts.append(Node(name: second.name, operation: part, inputs: [input], outputs: [ValueID(index: graph.values.count - 1)], stage: second.stage))
      channel += shape.channels
    }
    graph.nodes[index].inputs = parts.map { $0.outputs[0] }
    graph.nodes[index].outputs = second.outputs
    graph.nodes.remove(at: reader)
    graph.nodes.insert(contentsOf: parts, at: index)
    return graph
  }
}

extension Operation {
  /// Whether each output element depends on one input element and its channel alone.
  fileprivate var isPerChannel: Bool {
    switch self {
    case .batchNormalization, .activation, .scaleShift: true
    default: false
    }
  }

  /// The same per-channel operation for some of the channels.
  fileprivate func perChannelSlice(_ channels: Range<Int>) -> Operation {
    switch self {
    case .batchNormalization(let normalization):
      func slice(_ tensor: Tensor) -> Tensor { Tensor(shape: [channels.count], floats: Array(tensor.floats()[channels])) }
      var part = BatchNormalization(
        scale: slice(normalization.scale), shift: slice(normalization.shift), mean: slice(normalization.mean), variance: slice(normalization.variance))
      part.epsilon = normalization.epsilon
      return .batchNormalization(part)
    case .activation(let activation): return .activation(activation.slice(channels))
    case .scaleShift(let affine):
      return .scaleShift(
        ScaleShift(scale: Array(affine.scale[channels]), shift: Array(affine.shift[channels]), activation: affine.activation?.slice(channels)))
    default: preconditionFailure("only per-channel operations have slices")
    }
  }
}

extension Activation {
  /// The same activation for some of the channels.
  fileprivate func slice(_ channels: Range<Int>) -> Activation {
    if case .prelu(let slopes) = self { .prelu(slopes: Array(slopes[channels])) } else { self }
  }
}
