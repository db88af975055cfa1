extension Graph {
  /// The graph with an output taken before the bilinear resize that makes it, for callers that interpolate on their way through the map and so never
  /// need it in full size.
  ///
  /// Nil where the output of that name is not made by a `resizeBilinear`, or where the resized map has another reader or another name; `size` and
  /// `alignCorners` are those of the resize. All other nodes and outputs stay as they are.
  public func withoutFinalResize(of outputName: String) -> (graph: Graph, size: (height: Int, width: Int), alignCorners: Bool)? {
    guard let place = outputs.firstIndex(where: { $0.name == outputName }) else { return nil }
    let value = outputs[place].value
    let uses = GraphUses(self)
    guard let producer = uses.producer[value.index], uses.consumers[value.index].isEmpty, outputs.count(where: { $0.value == value }) == 1,
      case .resizeBilinear(let height, let width, let alignCorners) = nodes[producer].operation
    else { return nil }
    var graph = self
    graph.outputs[place].value = nodes[producer].inputs[0]
    graph.nodes.remove(at: producer)
    return (graph, (height, width), alignCorners)
  }
}
