import SegTensor

extension Graph {
  /// Moves interleaves behind the 1x1 convolutions that read them, which then run on the blocks; a convolution does not mind in which order positions come.
  public func sinkingInterleaves() -> Graph {
    var graph = self
    var moved = true
    while moved {
      moved = false
      let uses = GraphUses(graph)
      for (index, node) in graph.nodes.enumerated() {
        guard case .interleave = node.operation, node.inputs.count == 1, let reader = uses.onlyConsumer(of: node.outputs[0]) else { continue }
        let second = graph.nodes[reader]
        guard case .convolution(let convolution) = second.operation, convolution.isPointwise, second.inputs.count == 1, second.stage == node.stage else {
          continue
        }
        let blocks = graph.shape(of: node.inputs[0])
        let channels = graph.shape(of: second.outputs[0]).channels
        graph.values[node.outputs[0].index].shape = FeatureShape(height: blocks.height, width: blocks.width, channels: channels)
        graph.nodes[index] = Node(name: second.name, operation: second.operation, inputs: node.inputs, outputs: node.outputs, stage: second.stage)
        graph.nodes[reader] = Node(name: node.name, operation: node.operation, inputs: node.outputs, outputs: second.outputs, stage: node.stage)
        moved = true
        break
      }
    }
    return graph
  }
}

extension Convolution {
  /// Whether each output position depends on the input position at the same place alone.
  var isPointwise: Bool {
    weight.shape[2] == 1 && weight.shape[3] == 1 && stride == (1, 1) && padding == Padding(0)
      && postOperations.allSatisfy { if case .activation = $0 { true } else { false } }
  }
}
