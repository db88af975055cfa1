/// Where each value of a graph lies in one block of memory.
///
/// A value may share another's place: the result of a node that may overwrite its input, and the parts of a concatenation whose makers can write
/// to every n-th place, so that joining them costs nothing. Inputs and outputs keep their places for the whole run.
public struct MemoryPlan: Sendable {
  /// The place of one value.
  public struct Placement: Hashable, Sendable {
    /// Bytes from the start of the block to the first element.
    public var offset: Int
    /// Elements from one position's first channel to the next position's; more than the channels for a part of a concatenation.
    public var pixelStride: Int
  }

  /// What a runtime can do; asked once for each node.
  public struct Abilities {
    /// Whether the node's first output may have a pixel stride above its channels.
    public var canWriteParts: (Node) -> Bool
    /// Whether the node's input of that index may have a pixel stride above its channels.
    public var canReadParts: (Node, Int) -> Bool
    /// Whether the node's first output may take the place of its input of that index; shapes are equal then.
    public var canOverwrite: (Node, Int) -> Bool
    /// Bytes of an element: those of its format, or what the runtime keeps indices in.
    public var elementBytes: (GraphValue) -> Int
    /// Bytes of a value, by its index, that lies in a form of the runtime's own instead of channels-last; such values take places of one another only.
    public var ownByteCount: (Int) -> Int?
    /// The index of a node until which a value, by its index, is read where that is later than all who read it: the runtime makes its reader together with that.
    public var isReadUntil: (Int) -> Int?

    /// Makes a description; by default nothing is shared and indices take as much as floats.
    public init(
      canWriteParts: @escaping (Node) -> Bool = { _ in false }, canReadParts: @escaping (Node, Int) -> Bool = { _, _ in false },
      canOverwrite: @escaping (Node, Int) -> Bool = { _, _ in false }, elementBytes: @escaping (GraphValue) -> Int = { $0.format.byteCount },
      ownByteCount: @escaping (Int) -> Int? = { _ in nil }, isReadUntil: @escaping (Int) -> Int? = { _ in nil }
    ) {
      (self.canWriteParts, self.canReadParts, self.canOverwrite) = (canWriteParts, canReadParts, canOverwrite)
      (self.elementBytes, self.ownByteCount, self.isReadUntil) = (elementBytes, ownByteCount, isReadUntil)
    }
  }

  /// The place of each value, by index.
  public let placements: [Placement]
  /// Bytes of the whole block.
  public let byteCount: Int

  /// Plans the memory of `graph`.
  public init(_ graph: Graph, abilities: Abilities) {
    var sharing = PlaceSharing(graph, abilities)
    sharing.joinConcatenations()
    sharing.overwriteInputs()
    let roots = sharing.rootValues
    let (offsets, byteCount) = ArenaPlanner.plan(roots.map { sharing.request(for: $0) })
    let offsetOfRoot = Dictionary(uniqueKeysWithValues: zip(roots, offsets))
    placements = graph.values.indices.map { value in
      let (root, channelOffset) = sharing.root(of: value)
      let bytes = channelOffset * abilities.elementBytes(graph.values[root])
      return Placement(offset: (offsetOfRoot[root] ?? 0) + bytes, pixelStride: sharing.pixelStride(of: value))
    }
    self.byteCount = byteCount
  }
}

/// Decides which values share a place: every value has a root whose buffer it lies in.
private struct PlaceSharing {
  let graph: Graph
  let abilities: MemoryPlan.Abilities
  let uses: GraphUses
  /// The value each value lies in, and the channel it starts at there; its own for a root.
  private var parent: [(value: Int, channel: Int)]
  /// First and last step at which each root's buffer is needed.
  private var lifetime: [ClosedRange<Int>]

  init(_ graph: Graph, _ abilities: MemoryPlan.Abilities) {
    (self.graph, self.abilities, uses) = (graph, abilities, GraphUses(graph))
    parent = graph.values.indices.map { ($0, 0) }
    let isInput = Set(graph.inputs.map(\.index))
    lifetime = graph.values.indices.map { [uses] value in
      let last = max(uses.consumers[value].max() ?? 0, uses.producer[value] ?? 0, abilities.isReadUntil(value) ?? 0)
      let first = uses.producer[value] ?? 0
      return (isInput.contains(value) ? 0 : first)...(isInput.contains(value) || uses.isOutput[value] ? graph.nodes.count : last)
    }
  }

  var rootValues: [Int] { graph.values.indices.filter { parent[$0].value == $0 } }

  func root(of value: Int) -> (value: Int, channel: Int) {
    var (current, channel) = (value, 0)
    while parent[current].value != current {
      channel += parent[current].channel
      current = parent[current].value
    }
    return (current, channel)
  }

  func pixelStride(of value: Int) -> Int {
    if let producer = uses.producer[value], graph.nodes[producer].operation.isView { return graph.values[value].shape.channels }
    return graph.values[root(of: value).value].shape.channels
  }

  func request(for root: Int) -> ArenaPlanner.Request {
    let bytes = abilities.ownByteCount(root) ?? graph.values[root].shape.count * abilities.elementBytes(graph.values[root])
    return ArenaPlanner.Request(byteCount: bytes, lifetime: lifetime[root])
  }

  private mutating func place(_ value: Int, in other: Int, channel: Int) {
    let (from, to) = (root(of: value).value, root(of: other).value)
    parent[value] = (other, channel)
    lifetime[to] = min(lifetime[from].lowerBound, lifetime[to].lowerBound)...max(lifetime[from].upperBound, lifetime[to].upperBound)
  }

  /// Places the inputs of concatenations and channel paddings in the results, last join first so that joins of joins nest.
  mutating func joinConcatenations() {
    for node in graph.nodes.reversed() {
      guard node.operation.joinsChannels else { continue }
      var channel = 0
      for (place, input) in node.inputs.enumerated() {
        defer { channel += graph.shape(of: input).channels }
        let value = input.index
        guard parent[value].value == value, !uses.isOutput[value], let producer = uses.producer[value], node.inputs.firstIndex(of: input) == place,
          graph.values[value].format == graph.values[node.outputs[0].index].format, writesParts(graph.nodes[producer]),
          graph.nodes[producer].outputs[0] == input,
          uses.consumers[value].allSatisfy({ readsParts(graph.nodes[$0], input) })
        else { continue }
        self.place(value, in: node.outputs[0].index, channel: channel)
      }
    }
  }

  private func writesParts(_ node: Node) -> Bool {
    node.operation.joinsChannels || abilities.canWriteParts(node)
  }

  private func readsParts(_ node: Node, _ value: ValueID) -> Bool {
    if node.operation.joinsChannels { return true }
    return node.inputs.indices.allSatisfy { node.inputs[$0] != value || abilities.canReadParts(node, $0) }
  }

  /// Lets nodes write over an input that nothing needs afterwards.
  mutating func overwriteInputs() {
    for (index, node) in graph.nodes.enumerated() {
      guard let output = node.outputs.first?.index, parent[output].value == output, !isSharedByParts(output) else { continue }
      if node.operation.isView {
        place(output, in: root(of: node.inputs[0].index).value, channel: 0)
        continue
      }
      for (place, input) in node.inputs.enumerated() where abilities.canOverwrite(node, place) {
        let (root, _) = root(of: input.index)
        guard graph.shape(of: input) == graph.values[output].shape, graph.values[root].shape == graph.values[output].shape,
          graph.values[root].format.byteCount == graph.values[output].format.byteCount, abilities.ownByteCount(root) == abilities.ownByteCount(output),
          lifetime[root].upperBound == index, node.inputs.count(where: { self.root(of: $0.index).value == root }) == 1
        else { continue }
        self.place(output, in: root, channel: 0)
        break
      }
    }
  }

  private func isSharedByParts(_ value: Int) -> Bool { parent.indices.contains { $0 != value && parent[$0].value == value } }
}

extension Operation {
  /// Whether the output is the input's memory under another shape.
  fileprivate var isView: Bool { if case .splitPositions = self { true } else { false } }

  /// Whether the output's channels are the inputs' channels, and perhaps zeros after them.
  fileprivate var joinsChannels: Bool {
    switch self {
    case .concatenate, .padChannels: true
    default: false
    }
  }
}
