/// Some neighbouring nodes of a graph as a graph of their own.
public struct GraphPart: Sendable {
  /// Its inputs are the values that it reads and does not make, its outputs those of the whole graph's that it makes.
  public let graph: Graph
  /// The names of its inputs among the whole graph's outputs.
  public let inputs: [String]
}

extension Graph {
  /// The graph in parts, one after another, that are never in memory together: of at most so many parameters and numbers of maps each, or a node that has more.
  ///
  /// For a graph all of whose maps are outputs (`exposingValues`). There is no cut between a pool that keeps indices and what reads them.
  public func parts(parameters: Int, numbers: Int) -> [GraphPart] {
    var names = [String?](repeating: nil, count: values.count)
    for output in outputs { names[output.value.index] = output.name }
    var parts: [GraphPart] = []
    var (first, room) = (0, (parameters: parameters, numbers: numbers))
    for (index, isCut) in cuts.enumerated() {
      room.parameters -= nodes[index].operation.parameterCount
      room.numbers -= nodes[index].outputs.reduce(0) { $0 + shape(of: $1).count }
      guard index + 1 == nodes.count || isCut && !hasRoom(for: index + 1, in: room) else { continue }
      parts.append(part(first...index, names))
      (first, room) = (index + 1, (parameters, numbers))
    }
    return parts
  }

  private func hasRoom(for index: Int, in room: (parameters: Int, numbers: Int)) -> Bool {
    let (node, numbers) = (nodes[index], nodes[index].outputs.reduce(0) { $0 + shape(of: $1).count })
    return node.operation.parameterCount <= room.parameters && numbers <= room.numbers
  }

  /// For each node whether the graph can be cut behind it.
  private var cuts: [Bool] {
    var cuts = [Bool](repeating: true, count: nodes.count)
    let uses = GraphUses(self)
    for value in values.indices where values[value].isIndices {
      guard let maker = uses.producer[value], let last = uses.consumers[value].max() else { continue }
      for index in maker..<last { cuts[index] = false }
    }
    return cuts
  }

  private func part(_ range: ClosedRange<Int>, _ names: [String?]) -> GraphPart {
    let own = nodes[range]
    let made = Set(own.flatMap(\.outputs))
    var read: [ValueID] = []
    for input in own.flatMap(\.inputs) where !made.contains(input) && !read.contains(input) { read.append(input) }
    var graph = self
    graph.nodes = Array(own)
    graph.inputs = read
    graph.outputs.removeAll { !made.contains($0.value) }
    let inputs = read.map { value in
      guard let name = names[value.index] else { preconditionFailure("every map is an output") }
      return name
    }
    return GraphPart(graph: graph.removingDeadNodes(), inputs: inputs)
  }
}
