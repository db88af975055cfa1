import SegGraph

/// Kernels of our own for convolutions of bytes and bfloat16.
struct ShortKernels: OptionSet {
  let rawValue: Int

  /// `ByteConvolution`.
  static let narrow = ShortKernels(rawValue: 1)
  /// `WordWinogradConvolution`.
  static let tiles = ShortKernels(rawValue: 2)
  /// `MatrixConvolution`.
  static let matrix = ShortKernels(rawValue: 4)
  /// `WindowConvolution`.
  static let windows = ShortKernels(rawValue: 8)
  /// `DepthwiseConvolution`.
  static let depthwise = ShortKernels(rawValue: 16)
  /// `PointConvolution`.
  static let points = ShortKernels(rawValue: 32)
  /// `DepthwiseBands`.
  static let bands = ShortKernels(rawValue: 64)
  /// `PlaneWinogradConvolution`.
  static let planeTiles = ShortKernels(rawValue: 128)
  /// `GatheredConvolution`.
  static let gathered = ShortKernels(rawValue: 256)
  /// `PlaceStripConvolution`, of floats as well.
  static let places = ShortKernels(rawValue: 512)
  static let all: ShortKernels = [.narrow, .tiles, .matrix, .windows, .depthwise, .points, .bands, .planeTiles, .gathered, .places]
}

/// The convolutions of a graph with formats that run by kernels of our own for bytes and bfloat16, chosen once, as the choice looks at the weights.
struct ShortConvolutions {
  /// The values that lie as planes of four channels, by index: bytes without a sign that only these convolutions make and read.
  let planeValues: Set<Int>
  /// By the index of the value between: what is made in bands of rows, so that only a few rows of the value are in memory.
  private(set) var bands: [Int: Bands] = [:]
  /// By the index of the value that each makes.
  private var convolutions: [Int: Kind] = [:]

  /// A convolution in the form of one of the kernels.
  enum Kind {
    /// Sums of all products, for sixteen pixels at once.
    case narrow(ByteConvolution)
    /// By Winograd's tiles.
    case tiles(WordWinogradConvolution)
    /// By Winograd's tiles, sixteen at once.
    case planeTiles(PlaneWinogradConvolution)
    /// In tile registers.
    case matrix(MatrixConvolution)
    /// Of whole windows that lie together.
    case windows(WindowConvolution)
    /// Of each channel by itself.
    case depthwise(DepthwiseConvolution)
    /// Of single points.
    case points(PointConvolution)
    /// Of windows that are copied.
    case gathered(GatheredConvolution)
    /// In bands with the one before.
    case bands(Bands)
    /// In bands with the one behind, which makes both.
    case withReader
  }

  /// A convolution and its reader that are made in bands.
  struct Bands {
    let convolutions: DepthwiseBands
    /// What the first reads, and the number of multiply-adds in it.
    let source: ValueID
    let multiplyAccumulates: Int
    /// The value between, and the index of the node that reads it.
    let between: ValueID
    let reader: Int
  }

  /// Chooses among `kernels`, as far as the processor has what they need.
  init(_ graph: Graph, among kernels: ShortKernels = .all) {
    var made: Set<Int> = []
    var other = Set(graph.outputs.map(\.value.index))
    for node in graph.nodes {
      let kind = Kind(node, of: graph, among: kernels)
      convolutions[node.outputs[0].index] = kind
      guard let planes = kind?.planes else {
        other.formUnion(node.inputs.map(\.index))
        continue
      }
      if !planes.canRead { other.insert(node.inputs[0].index) }
      if planes.canMake { made.insert(node.outputs[0].index) }
    }
    planeValues = made.subtracting(other)
    if kernels.contains(.bands) { findBands(graph) }
  }

  private mutating func findBands(_ graph: Graph) {
    var readers: [Int: [Int]] = [:]
    for (index, node) in graph.nodes.enumerated() {
      for input in node.inputs { readers[input.index, default: []].append(index) }
    }
    for output in graph.outputs { readers[output.value.index] = nil }
    for node in graph.nodes {
      let between = node.outputs[0]
      guard node.inputs.count == 1, let reader = readers[between.index], reader.count == 1, graph.nodes[reader[0]].stage == node.stage,
        let first = convolutions[between.index], case .depthwise(let depthwise)? = convolutions[graph.nodes[reader[0]].outputs[0].index],
        let both = DepthwiseBands(first, depthwise), both.isWorthwhile
      else { continue }
      let made = Bands(
        convolutions: both, source: node.inputs[0], multiplyAccumulates: graph.multiplyAccumulates(of: node), between: between, reader: reader[0])
      bands[between.index] = made
      convolutions[between.index] = .withReader
      convolutions[graph.nodes[reader[0]].outputs[0].index] = .bands(made)
    }
  }

  /// Whether a convolution of bfloat16 with an odd number of input channels is made in tile registers, in whatever format its results are. The library multiplies
  /// channels in pairs, and would multiply the last with what lies behind it.
  static func readsOddChannels(_ node: Node, of graph: Graph, among kernels: ShortKernels = .all) -> Bool {
    guard case .convolution(let convolution) = node.operation, convolution.firstAdded == nil,
      !graph.outputs.contains(where: { $0.value == node.outputs[0] })
    else { return false }
    let input = TypedShape(shape: graph.shape(of: node.inputs[0]), format: .bfloat16)
    return [ElementFormat.bfloat16, .float32].allSatisfy { format in
      let output = TypedShape(shape: graph.shape(of: node.outputs[0]), format: format)
      return if case .matrix? = Kind(convolution, from: input, to: output, adding: nil, among: kernels) { true } else { false }
    }
  }

  /// Hands over the convolution that makes a value, with its weights; nil where none of these does.
  mutating func take(making value: ValueID) -> Kind? { convolutions.removeValue(forKey: value.index) }
}

extension ShortConvolutions.Kind {
  /// Whether its input and its output may lie as planes of four channels; nil where neither may.
  fileprivate var planes: (canRead: Bool, canMake: Bool)? {
    switch self {
    case .narrow(let convolution): (convolution.canReadPlanes, convolution.output.format.isUnsigned)
    case .planeTiles(let convolution): (true, convolution.output.format.isUnsigned)
    default: nil
    }
  }

  /// A node as a convolution by one of the kernels of our own; nil where it is no convolution of bytes or bfloat16, or one that is not faster so.
  init?(_ node: Node, of graph: Graph, among kernels: ShortKernels) {
    guard case .convolution(let convolution) = node.operation else { return nil }
    func typed(_ value: ValueID) -> TypedShape { TypedShape(shape: graph.shape(of: value), format: graph.values[value.index].format) }
    let added = convolution.firstAdded.map { graph.values[node.inputs[$0].index].format }
    self.init(convolution, from: typed(node.inputs[0]), to: typed(node.outputs[0]), adding: added, among: kernels)
  }

  fileprivate init?(_ convolution: Convolution, from input: TypedShape, to output: TypedShape, adding added: ElementFormat?, among kernels: ShortKernels) {
    if kernels.contains(.depthwise), DepthwiseConvolution.isAvailable(input.format.precision),
      let depthwise = DepthwiseConvolution(convolution, from: input, to: output, adding: added), depthwise.isFaster
    {
      self = .depthwise(depthwise)
      return
    }
    let narrow =
      kernels.contains(.narrow) && ByteConvolution.isAvailable
      ? ByteConvolution(convolution, from: input, to: output, adding: added).flatMap { $0.isFaster ? $0 : nil } : nil
    let tiles =
      kernels.contains(.tiles) && WordWinogradConvolution.isAvailable(input.format.precision)
      ? WordWinogradConvolution(convolution, from: input, to: output, adding: added).flatMap { $0.isFaster(than: narrow) ? $0 : nil } : nil
    let planeTiles =
      kernels.contains(.planeTiles) && PlaneWinogradConvolution.isAvailable
      ? PlaneWinogradConvolution(convolution, from: input, to: output, adding: added).flatMap {
        $0.isFaster(than: [narrow?.cycles, tiles?.cycles, $0.directCycles]) ? $0 : nil
      } : nil
    let windows =
      kernels.contains(.windows) && WindowConvolution.isAvailable
      ? WindowConvolution(convolution, from: input, to: output, adding: added).flatMap { $0.isFaster(than: narrow) ? $0 : nil } : nil
    let points =
      kernels.contains(.points) && PointConvolution.isAvailable
      ? PointConvolution(convolution, from: input, to: output, adding: added).flatMap { $0.isFaster(than: narrow) ? $0 : nil } : nil
    let gathered =
      kernels.contains(.gathered) && GatheredConvolution.isAvailable
      ? GatheredConvolution(convolution, from: input, to: output, adding: added) : nil
    if kernels.contains(.matrix), MatrixConvolution.isAvailable, let matrix = MatrixConvolution(convolution, from: input, to: output, adding: added),
      matrix.isFaster(than: [narrow?.cycles, tiles?.cycles, planeTiles?.cycles, windows?.cycles, points?.cycles])
    {
      self = .matrix(matrix)
    } else if let windows {
      self = .windows(windows)
    } else if let points {
      self = .points(points)
    } else if let planeTiles {
      self = .planeTiles(planeTiles)
    } else if let gathered, gathered.isFaster(than: tiles?.cycles) {
      self = .gathered(gathered)
    } else if let tiles {
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

extension ElementFormat {
  fileprivate var isUnsigned: Bool { if case .unsigned8 = self { true } else { false } }
}
