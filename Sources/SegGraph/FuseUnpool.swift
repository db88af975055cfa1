extension Graph {
  /// Puts each sum of an interleave and a max unpool, with its activation, into the interleave, so that the unpooled map is never written.
  ///
  /// Done where nothing else reads the two maps and the pool's windows are of the interleave's block size without overlap.
  public func fusingUnpools() -> Graph {
    var graph = self
    let uses = GraphUses(self)
    var removed = [Bool](repeating: false, count: nodes.count)
    for (index, node) in nodes.enumerated() {
      guard case .add(let activation) = node.operation, node.inputs.count == 2 else { continue }
      let makers = node.inputs.compactMap { input in uses.onlyConsumer(of: input) == index ? uses.producer[input.index] : nil }
      guard makers.count == 2, nodes[makers[0]].stage == node.stage, nodes[makers[1]].stage == node.stage else { continue }
      for (first, second) in [(nodes[makers[0]], nodes[makers[1]]), (nodes[makers[1]], nodes[makers[0]])] {
        guard case .interleave(var interleave) = first.operation, interleave.activation == nil, first.inputs.count == 1,
          case .maxUnpool(let height, let width) = second.operation,
          let pool = uses.producer[second.inputs[1].index], case .maxPool(let window, _) = nodes[pool].operation,
          window == PoolingWindow(kernel: interleave.block, stride: interleave.block), shape(of: nodes[pool].inputs[0]).isPlane(height, width)
        else { continue }
        interleave.activation = activation
        graph.nodes[index].operation = .interleave(interleave)
        graph.nodes[index].inputs = first.inputs + second.inputs
        for maker in makers { removed[maker] = true }
      }
    }
    graph.nodes = graph.nodes.indices.filter { !removed[$0] }.map { graph.nodes[$0] }
    return graph
  }
}

extension FeatureShape {
  fileprivate func isPlane(_ height: Int, _ width: Int) -> Bool { self.height == height && self.width == width }
}
