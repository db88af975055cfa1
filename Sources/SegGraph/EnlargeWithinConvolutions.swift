import SegTensor

extension Graph {
  /// Gives convolutions with large kernels the maps that they read as they are before they are enlarged; the convolutions enlarge themselves.
  ///
  /// A convolution is the sum over its taps of a 1x1 convolution of the input moved by the tap's place, and 1x1 convolutions may be done before enlarging (see
  /// `convolvingBeforeResizes`): conv(resize(x)) at p = bias + sum over t of resize(W_t x) at p + t, and zero outside. So there are as many fewer multiply-adds
  /// as the map is smaller, and each result interpolates the products of every tap. Done where nothing else reads the enlarged map, and where the
  /// multiply-adds that are saved are worth it.
  public func enlargingWithinConvolutions() -> Graph {
    var graph = namingNodesByKeys()
    let uses = GraphUses(self)
    var removed: Set<Int> = []
    for (index, node) in nodes.enumerated() {
      guard case .convolution(var convolution) = node.operation, convolution.isEnlargeable, let found = enlargement(making: node.inputs[0], readBy: index, uses)
      else { continue }
      let (small, size) = (nodes[found.node].inputs[0], shape(of: node.inputs[0]))
      let saved = (shape(of: node.outputs[0]).area - shape(of: small).area) * convolution.weight.count
      if saved < Convolution.worthOfResult * shape(of: node.outputs[0]).count { continue }
      convolution.enlargement = Enlargement(height: size.height, width: size.width, alignCorners: found.alignCorners)
      graph.nodes[index].operation = .convolution(convolution)
      graph.nodes[index].inputs = [small]
      removed.insert(found.node)
    }
    if removed.isEmpty { return self }
    graph.nodes = graph.nodes.indices.filter { !removed.contains($0) }.map { graph.nodes[$0] }
    return graph
  }
}

extension Convolution {
  /// Multiply-adds that take as long in bytes, where they cost the least, as interpolating the products of nine taps for one result.
  fileprivate static let worthOfResult = 300
  /// Channels that the kernels work on at once.
  private static let vectorLength = 16

  /// Whether it can enlarge its input itself: it moves by single steps, has taps around each place, whole vectors of output channels, and is followed by no more
  /// than an activation of straight pieces.
  fileprivate var isEnlargeable: Bool {
    guard stride == (1, 1), groups == 1, enlargement == nil, weight.shape[2] * weight.shape[3] > 1, weight.shape[0].isMultiple(of: Self.vectorLength),
      postOperations.count <= 1
    else { return false }
    return switch postOperations.first {
    case nil, .activation(.relu), .activation(.relu6), .activation(.leakyRelu), .activation(.prelu): true
    case .activation(.sigmoid), .activation(.tanh), .add: false
    }
  }
}
