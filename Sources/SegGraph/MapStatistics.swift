extension Graph {
  /// The same graph with the batch normalisations for whose nodes `isChosen` holds normalising by the map's own statistics, as in training, instead of by
  /// those that were learned.
  public func normalizingByOwnStatistics(where isChosen: (Node) -> Bool) -> Graph {
    var graph = self
    for (index, node) in nodes.enumerated() where isChosen(node) {
      guard case .batchNormalization(let learned) = node.operation else { continue }
      graph.nodes[index].operation = .mapNormalization(MapNormalization(scale: learned.scale, shift: learned.shift, epsilon: learned.epsilon))
    }
    return graph
  }
}
