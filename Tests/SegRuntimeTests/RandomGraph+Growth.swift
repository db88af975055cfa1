import SegGraph

/// What a random graph grows by.
private enum Growth: CaseIterable {
  case convolution, depthwise, transposed, normalization, activation, sum, join, padding, maxPool, averagePool, pyramidLevel, gate, softmax, warp, deformable
  case objectAttention, resize, enlargedSum, enlargedJoin
}

extension RandomGraph {
  /// Makes a graph of about `count` nodes of every kind, whose values are read by several nodes, joins, sums and as outputs in every mixture.
  static func grown(seed: UInt64, count: Int) throws -> Graph {
    var graph = RandomGraph(seed: seed)
    var values = [graph.input(9, 12, 5), graph.input(9, 12, 16), graph.input(5, 6, 20)]
    for _ in 0..<count {
      graph.builder.stage = graph.choice(Stage.allCases)
      let recent = values.suffix(6)
      values.append(try graph.grow(graph.choice(Growth.allCases), from: graph.choice(recent), among: values))
    }
    for (index, value) in values.enumerated().dropFirst(3) where index > values.count - 4 || Bool.random(using: &graph.random) {
      graph.builder.output(value, name: "\(index)")
    }
    return graph.builder.build()
  }

  private mutating func choice<Choices: RandomAccessCollection>(_ choices: Choices) -> Choices.Element {
    choices[choices.index(choices.startIndex, offsetBy: Int.random(in: 0..<choices.count, using: &random))]
  }

  private mutating func grow(_ growth: Growth, from value: ValueID, among values: [ValueID]) throws -> ValueID {
    let shape = builder.shape(of: value)
    switch growth {
    case .convolution:
      let kernel = choice([1, 3])
      let made = try convolution(
        value, to: choice([3, 8, 16, 21]), kernel: (kernel, kernel), stride: choice([1, 1, 2]), padding: Padding(kernel / 2), hasBias: true)
      return try activation(choice([.relu, .relu6, .leakyRelu(slope: 0.1)]), made)
    case .depthwise:
      let made = try convolution(value, to: shape.channels, kernel: (3, 3), stride: choice([1, 2]), padding: Padding(1), groups: shape.channels)
      return try activation(.relu6, try normalization(made))
    case .transposed: return try transposed(value, to: choice([4, 6]), kernel: 2)
    case .normalization: return try normalization(value)
    case .activation: return try activation(choice([.relu, .relu6, .leakyRelu(slope: 0.1), .sigmoid, .tanh]), value)
    case .sum:
      let alike = values.filter { $0 != value && builder.shape(of: $0) == shape }
      let others = alike.isEmpty ? [try convolution(value, to: shape.channels)] : Array(alike.prefix(choice([1, 2, 3])))
      return try builder.add(.add(activation: choice([nil, .relu])), name: "sum", inputs: [value] + others)
    case .join:
      let alike = values.filter { (builder.shape(of: $0).height, builder.shape(of: $0).width) == (shape.height, shape.width) }
      return try reduced(try builder.add(.concatenate, name: "join", inputs: [value] + alike.suffix(choice([1, 2, 4]))))
    case .padding: return try operation(.padChannels(to: shape.channels + 3), value)
    case .maxPool: return try operation(.maxPool(PoolingWindow(kernel: 3, stride: choice([1, 2]), padding: 1), keepsIndices: false), value)
    case .averagePool:
      return try operation(.averagePool(PoolingWindow(kernel: 3, stride: choice([1, 2]), padding: 1, ceilMode: choice([true, false]))), value)
    case .pyramidLevel:
      let pooled = try operation(.adaptiveAveragePool(height: choice([1, 2, 3]), width: choice([1, 2, 3])), value)
      return try operation(.resizeBilinear(height: shape.height, width: shape.width, alignCorners: choice([true, false])), try convolution(pooled, to: 4))
    case .gate: return try operation(.multiply, value, try activation(.sigmoid, try convolution(value, to: shape.channels)))
    case .softmax: return try operation(.softmax(groups: shape.channels.isMultiple(of: 2) ? 2 : 1), value)
    case .warp: return try operation(.warp(scale: 0.25), value, try activation(.tanh, try convolution(value, to: 2)))
    case .deformable:
      let offsets = try activation(.tanh, try convolution(value, to: 27, kernel: (3, 3), padding: Padding(1)))
      return try convolution(try operation(.deformableSample(DeformableWindow()), value, offsets), to: 8)
    case .objectAttention:
      let regions = try operation(.gatherRegions, value, try convolution(value, to: 5))
      return try operation(.attend(scale: 0.2), value, regions, try convolution(regions, to: 17))
    case .enlargedSum:
      var sum = value
      for _ in 0..<choice([1, 2, 3]) { sum = try add(sum, try enlarged(try convolution(try smaller(value), to: shape.channels), to: shape)) }
      return try activation(choice([.relu, .relu6, .leakyRelu(slope: 0.1), slopes(shape.channels), .tanh]), sum)
    case .enlargedJoin:
      var parts: [ValueID] = []
      for _ in 0..<choice([1, 2, 3]) { parts.append(try enlarged(try convolution(try smaller(value), to: 20), to: shape)) }
      parts.insert(contentsOf: [value, value].prefix(choice([0, 1, 2])), at: choice([0, parts.count]))
      let joined = parts.count == 1 ? parts[0] : try builder.add(.concatenate, name: "join", inputs: parts)
      let made = try convolution(joined, to: choice([5, 7, 19]), hasBias: true)
      return Bool.random(using: &random) ? made : try activation(.relu, made)
    case .resize: return try operation(.resizeBilinear(height: 9, width: 12, alignCorners: choice([true, false])), value)
    }
  }

  /// The map at a size that is smaller most of the time.
  private mutating func smaller(_ value: ValueID) throws -> ValueID {
    let shape = builder.shape(of: value)
    let (height, width) = (choice([1, (shape.height + 1) / 2, (shape.height + 2) / 3]), choice([1, (shape.width + 1) / 2, shape.width]))
    return try operation(.adaptiveAveragePool(height: height, width: width), value)
  }

  private mutating func enlarged(_ value: ValueID, to shape: FeatureShape) throws -> ValueID {
    try operation(.resizeBilinear(height: shape.height, width: shape.width, alignCorners: choice([true, false, false])), value)
  }

  /// Few channels again, most of the time.
  private mutating func reduced(_ value: ValueID) throws -> ValueID {
    if builder.shape(of: value).channels < 40, Bool.random(using: &random) { return value }
    return try activation(.relu, try convolution(value, to: choice([8, 13])))
  }
}
