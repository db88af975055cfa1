import SegGraph

/// The convolutions of a graph with formats that run by the kernel of our own, chosen once, as the choice looks at the weights.
struct ByteConvolutions {
  /// The values that lie as planes of four channels, by index: bytes without a sign that only these convolutions make and read.
  let planeValues: Set<Int>
  /// By the index of the value that each makes.
  private var convolutions: [Int: Kind] = [:]

  /// A convolution in the form of one of the kernels.
  enum Kind {
    /// Sums of all products, for sixteen pixels at once.
    case narrow(ByteConvolution)
    /// By Winograd's tiles.
    case tiles(WordWinogradConvolution)
  }

  init(_ graph: Graph) {
    var made: Set<Int> = []
    var other = Set(graph.outputs.map(\.value.index))
    for node in graph.nodes {
      let kind = Kind(node, of: graph)
      convolutions[node.outputs[0].index] = kind
      guard case .narrow(let convolution)? = kind else {
        other.formUnion(node.inputs.map(\.index))
        continue
      }
      if !convolution.canReadPlanes { other.insert(node.inputs[0].index) }
      if case .unsigned8 = convolution.output.format { made.insert(node.outputs[0].index) }
    }
    planeValues = made.subtracting(other)
  }

  /// Hands over the convolution that makes a value, with its weights; nil where none of these does.
  mutating func take(making value: ValueID) -> Kind? { convolutions.removeValue(forKey: value.index) }
}

extension ByteConvolutions.Kind {
  /// A node as a convolution of bytes by a kernel of our own; nil where it is no convolution, or one that is not faster so.
  fileprivate init?(_ node: Node, of graph: Graph) {
    guard ByteConvolution.isAvailable, case .convolution(let convolution) = node.operation else { return nil }
    func typed(_ value: ValueID) -> TypedShape { TypedShape(shape: graph.shape(of: value), format: graph.values[value.index].format) }
    let added = convolution.firstAdded.map { graph.values[node.inputs[$0].index].format }
    let (input, output) = (typed(node.inputs[0]), typed(node.outputs[0]))
    let narrow = ByteConvolution(convolution, from: input, to: output, adding: added).flatMap { $0.isFaster ? $0 : nil }
    if let tiles = WordWinogradConvolution(convolution, from: input, to: output, adding: added), tiles.isFaster(than: narrow) {
      self = .tiles(tiles)
    } else if let narrow {
      self = .narrow(narrow)
    } else {
      return nil
    }
  }
}

extension Convolution {
  /// The index of the input that is added first.
  var firstAdded: Int? { postOperations.lazy.compactMap { if case .add(let index) = $0 { index } else { nil } }.first }
}
