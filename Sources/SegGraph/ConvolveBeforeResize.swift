import SegTensor

extension Graph {
  /// Moves 1x1 convolutions of enlarged maps, alone or joined with others, to the maps before they are enlarged, and adds up what they make.
  ///
  /// Such a convolution is linear in each place and bilinear interpolation is linear with shares that add up to one, so
  /// conv(join(a, resize(b))) = conv_a(a) + bias + resize(conv_b(b)), with the weight's columns for the channels of a and of b. Done where nothing else reads the
  /// join and the enlarged maps, and where the multiply-adds that are saved are worth the numbers that are interpolated and added. The sum goes by the
  /// convolution's key (`valueKeys`), as it makes the same, and all other nodes by theirs; convolutions and joins of some of the maps have the part's number
  /// behind it.
  public func convolvingBeforeResizes() -> Graph {
    var graph = namingNodesByKeys()
    let uses = GraphUses(self)
    var rewritten: [Node] = []
    var removed: Set<Int> = []
    // Last first, as joins and enlarging nodes that are not needed any more come before the convolution.
    for index in nodes.indices.reversed() where !removed.contains(index) {
      guard let split = ConvolutionSplit(self, uses, index) else {
        rewritten.append(graph.nodes[index])
        continue
      }
      removed.formUnion(split.replaced)
      rewritten += split.nodes(named: graph.nodes[index].name, addingTo: &graph).reversed()
    }
    if removed.isEmpty { return self }
    graph.nodes = rewritten.reversed()
    return graph
  }
}

/// A 1x1 convolution whose input is made of maps of several sizes.
private struct ConvolutionSplit {
  /// Maps of one size, which stay joined, with their channels in the convolution's input.
  private struct Part {
    let shape: FeatureShape
    var maps: [(value: ValueID, channels: Range<Int>)]
  }

  private let node: Node
  private let convolution: Convolution
  private let activation: Activation?
  private let output: FeatureShape
  private let alignCorners: Bool
  private var parts: [Part] = []
  /// The join and the nodes that enlarge.
  let replaced: [Int]

  /// How many multiply-adds must be saved for each number that is interpolated or added: twice as many as take as long in bytes, where they cost the least.
  private static let worthOfNumber = 48

  /// Nil where the node is something else, or where it would not become faster.
  init?(_ graph: Graph, _ uses: GraphUses, _ index: Int) {
    node = graph.nodes[index]
    guard case .convolution(let convolution) = node.operation, convolution.isPointwise, convolution.groups == 1, node.inputs.count == 1,
      convolution.postOperations.count <= 1
    else { return nil }
    self.convolution = convolution
    if case .activation(let activation)? = convolution.postOperations.first { self.activation = activation } else { activation = nil }
    output = graph.shape(of: node.outputs[0])

    var (reader, inputs, replaced) = (index, node.inputs, [Int]())
    if let producer = uses.producer[node.inputs[0].index], case .concatenate = graph.nodes[producer].operation,
      uses.onlyConsumer(of: node.inputs[0]) == index, graph.nodes[producer].stage == node.stage
    {
      (reader, inputs, replaced) = (producer, graph.nodes[producer].inputs, [producer])
    }
    var corners: Bool?
    var (channel, enlarged) = (0, 0)
    for input in inputs {
      let channels = channel..<channel + graph.shape(of: input).channels
      channel = channels.upperBound
      var value = input
      if let found = graph.enlargement(making: input, readBy: reader, uses), found.alignCorners == corners ?? found.alignCorners {
        corners = found.alignCorners
        value = graph.nodes[found.node].inputs[0]
        replaced.append(found.node)
        enlarged += channels.count
      }
      let shape = graph.shape(of: value)
      if let place = parts.firstIndex(where: { ($0.shape.height, $0.shape.width) == (shape.height, shape.width) }) {
        parts[place].maps.append((value, channels))
      } else {
        parts.append(Part(shape: shape, maps: [(value, channels)]))
      }
    }
    guard let corners else { return nil }
    (alignCorners, self.replaced) = (corners, replaced)
    if !isWorthIt(enlargedChannels: enlarged) { return nil }
  }

  /// Whether multiply-adds fall by enough; the maps that were enlarged before the convolution no longer are.
  private func isWorthIt(enlargedChannels: Int) -> Bool {
    let places = output.height * output.width
    let saved = parts.reduce(0) { sum, part in
      sum + part.maps.reduce(0) { $0 + $1.channels.count } * (places - part.shape.height * part.shape.width) * output.channels
    }
    let isOfSize = parts.contains { $0.shape.height == output.height && $0.shape.width == output.width }
    let added = places * (output.channels * (isOfSize ? parts.count : parts.count + 1) - enlargedChannels)
    return saved > 0 && saved >= Self.worthOfNumber * added
  }

  /// What takes the convolution's place: joins, convolutions of the parts, and the sum; the bias goes to the first.
  func nodes(named key: String, addingTo graph: inout Graph) -> [Node] {
    var made: [Node] = []
    func add(_ operation: Operation, _ name: String, _ inputs: [ValueID], _ shape: FeatureShape) -> ValueID {
      graph.values.append(GraphValue(shape: shape))
      let value = ValueID(index: graph.values.count - 1)
      made.append(Node(name: name, operation: operation, inputs: inputs, outputs: [value], stage: node.stage))
      return value
    }
    let sums = parts.enumerated().map { number, part in
      let name = ValueKeys.part(key, number)
      var (input, shape) = (part.maps[0].value, part.shape)
      shape.channels = part.maps.reduce(0) { $0 + $1.channels.count }
      if part.maps.count > 1 { input = add(.concatenate, ValueKeys.part(name, 0), part.maps.map(\.value), shape) }
      let convolved = Convolution(weight: convolution.weight.columns(part.maps.map(\.channels)), bias: number == 0 ? convolution.bias : nil)
      shape.channels = output.channels
      return add(.convolution(convolved), name, [input], shape)
    }
    let sum = ResizedSum(height: output.height, width: output.width, alignCorners: alignCorners, activation: activation)
    made.append(Node(name: key, operation: .resizedSum(sum), inputs: sums, outputs: node.outputs, stage: node.stage))
    return made
  }
}

extension Tensor {
  /// The weight of a 1x1 convolution for some of its input channels.
  fileprivate func columns(_ ranges: [Range<Int>]) -> Tensor {
    let (values, count) = (floats(), shape[1])
    let columns = (0..<shape[0]).flatMap { row in ranges.flatMap { values[row * count + $0.lowerBound..<row * count + $0.upperBound] } }
    return Tensor(shape: [shape[0], ranges.reduce(0) { $0 + $1.count }, 1, 1], floats: columns)
  }
}
