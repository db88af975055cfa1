extension Graph {
  /// Makes one node of each sum some of whose maps are enlarged bilinearly, with the sums that only it reads, so that no enlarged map is ever written.
  ///
  /// Done where nothing else reads the enlarged maps. The node stands where the last sum stood and goes by its key, as what it makes is the same; so do all
  /// others by theirs (`valueKeys`).
  public func fusingResizedSums() -> Graph {
    var graph = namingNodesByKeys()
    let uses = GraphUses(self)
    var removed = [Bool](repeating: false, count: nodes.count)
    for (index, node) in nodes.enumerated().reversed() where !removed[index] {
      guard case .add(let activation) = node.operation else { continue }
      var summands = Summands()
      summands.collect(from: index, of: self, uses)
      guard let alignCorners = summands.alignCorners, summands.maps.count <= Summands.most else { continue }
      let shape = shape(of: node.outputs[0])
      graph.nodes[index].operation = .resizedSum(
        ResizedSum(height: shape.height, width: shape.width, alignCorners: alignCorners, activation: activation))
      graph.nodes[index].inputs = summands.maps
      for absorbed in summands.nodes { removed[absorbed] = true }
    }
    if !removed.contains(true) { return self }
    graph.nodes = graph.nodes.indices.filter { !removed[$0] }.map { graph.nodes[$0] }
    return graph
  }

  /// The node that makes `value` where it enlarges a map bilinearly, in the same stage as its only reader, which reads it once; nil elsewhere.
  func enlargement(making value: ValueID, readBy reader: Int, _ uses: GraphUses) -> (node: Int, alignCorners: Bool)? {
    guard uses.onlyConsumer(of: value) == reader, let producer = uses.producer[value.index], nodes[producer].stage == nodes[reader].stage,
      case .resizeBilinear(let height, let width, let alignCorners) = nodes[producer].operation
    else { return nil }
    let source = shape(of: nodes[producer].inputs[0])
    return source.height <= height && source.width <= width ? (producer, alignCorners) : nil
  }
}

/// What a tree of sums adds up.
private struct Summands {
  /// The maps; those of another size than the sum's are to be enlarged.
  var maps: [ValueID] = []
  /// The nodes between the maps and the last sum.
  var nodes: [Int] = []
  /// How maps are enlarged; nil where none is.
  var alignCorners: Bool?

  /// Sums of more maps stay as they are: no network has them, and kernels keep a place for each map.
  static let most = 8

  mutating func collect(from sum: Int, of graph: Graph, _ uses: GraphUses) {
    for input in graph.nodes[sum].inputs {
      if let (node, corners) = graph.enlargement(making: input, readBy: sum, uses), corners == alignCorners ?? corners {
        alignCorners = corners
        nodes.append(node)
        maps.append(graph.nodes[node].inputs[0])
      } else if uses.onlyConsumer(of: input) == sum, let producer = uses.producer[input.index], graph.nodes[producer].stage == graph.nodes[sum].stage,
        case .add(activation: nil) = graph.nodes[producer].operation
      {
        nodes.append(producer)
        collect(from: producer, of: graph, uses)
      } else {
        maps.append(input)
      }
    }
  }
}
