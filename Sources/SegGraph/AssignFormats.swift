extension Graph {
  /// The same network with a format for every value, and conversions where what is made is not what is read.
  ///
  /// For an optimised graph. Inputs and outputs of the graph stay float32. A value is stored in the finest format that one of its readers asks for, so that a
  /// node that is kept in a higher precision reads what was not rounded to bytes. Where elements are only moved (pools, joins), what goes in and what comes
  /// out share one format and one scale. A node runs in int8 only where the ranges of what it reads are known. Bytes that are made of an input of the graph by
  /// interpolation are made of its bytes, where there are such for a convolution: of three inputs of ICNet, two are the first in other sizes.
  ///
  /// Convolutions of bfloat16 with an odd number of input channels stay in float32 but for those that `readsOddChannels` says to be possible.
  public func assigningFormats(_ plan: PrecisionPlan, readsOddChannels: (Node, Graph) -> Bool = { _, _ in false }) -> Graph {
    if plan.precision == .float32 { return self }
    return FormatAssignment(self, plan, readsOddChannels).rewritten()
  }
}

/// Formats of a graph's values and precisions of its nodes.
private struct FormatAssignment {
  let graph: Graph
  let plan: PrecisionPlan
  let keys: [String]
  /// The precision of each node; of meaning for convolutions alone.
  private var precisions: [Precision] = []
  /// For each value the values that share its format, as a chain to one of them.
  private var leaders: [Int]
  /// The format of each value by its leader.
  private var formats: [ElementFormat]

  init(_ graph: Graph, _ plan: PrecisionPlan, _ readsOddChannels: (Node, Graph) -> Bool) {
    (self.graph, self.plan, keys) = (graph, plan, graph.valueKeys)
    leaders = Array(graph.values.indices)
    formats = graph.values.map { _ in .float32 }
    joinMoves()
    precisions = graph.nodes.map { node in
      var wanted = plan.precision(of: keys[node.outputs[0].index])
      if wanted == .int8 && plan.ranges[keys[node.inputs[0].index]] == nil { wanted = plan.fallback }
      // The library multiplies bfloat16 in pairs of channels: of an odd number the last reads what lies behind it, which may be no number.
      let isOdd = wanted == .bfloat16 && !graph.shape(of: node.inputs[0]).channels.isMultiple(of: 2)
      return isOdd && !readsOddChannels(node, graph) ? .float32 : wanted
    }
    chooseFormats()
  }

  /// Values between which elements are only moved share a format.
  private mutating func joinMoves() {
    let isInput = Set(graph.inputs)
    for node in graph.nodes {
      guard case .moves(let maps) = node.formatRule else { continue }
      for input in node.inputs.prefix(maps) where !isInput.contains(input) { leaders[leader(of: input.index)] = leader(of: node.outputs[0].index) }
    }
  }

  private func leader(of value: Int) -> Int {
    var value = value
    while leaders[value] != value { value = leaders[value] }
    return value
  }

  private mutating func chooseFormats() {
    let uses = GraphUses(graph)
    var wanted = graph.values.map { _ in plan.precision }
    func want(_ precision: Precision, _ value: ValueID) {
      let leader = leader(of: value.index)
      wanted[leader] = max(wanted[leader], precision)
    }
    for (node, precision) in zip(graph.nodes, precisions) {
      switch node.formatRule {
      case .float32: for input in node.inputs { want(.float32, input) }
      case .convolution: want(precision, node.inputs[0])
      case .any, .moves: break
      }
    }
    for output in graph.outputs { want(.float32, output.value) }
    // What is only enlarged and added up would gain nothing from a sum that is finer than its maps.
    for node in graph.nodes.reversed() {
      guard case .resizedSum = node.operation else { continue }
      for input in node.inputs where uses.onlyConsumer(of: input) != nil { want(wanted[leader(of: node.outputs[0].index)], input) }
    }
    var ranges: [Int: ValueRange] = [:]
    for (value, key) in keys.enumerated() {
      guard let range = plan.ranges[key] else { continue }
      ranges[leader(of: value)] = ranges[leader(of: value)]?.union(range) ?? range
    }
    formats = graph.values.indices.map { value in
      if graph.values[value].isIndices { return .float32 }
      return switch wanted[value] {
      case .int8: ranges[value]?.format ?? plan.fallback.format
      case let precision: precision.format
      }
    }
    for input in graph.inputs { formats[input.index] = .float32 }
  }

  private func format(of value: ValueID) -> ElementFormat { formats[leader(of: value.index)] }

  /// The graph with formats and conversions.
  func rewritten() -> Graph {
    var writer = ConversionWriter(graph)
    for value in graph.values.indices { writer.graph.values[value].format = formats[leader(of: value)] }
    let inputBytes = inputBytes
    for (node, precision) in zip(graph.nodes, precisions) {
      var node = node
      let wanted = format(of: node.outputs[0])
      switch node.formatRule {
      case .any:
        if case .resizeBilinear = node.operation, wanted.precision == .int8, let bytes = inputBytes[node.inputs[0]] {
          node.inputs[0] = writer.value(node.inputs[0], as: bytes)
        }
        writer.graph.nodes.append(node)
      case .moves(let maps):
        for place in node.inputs.indices.prefix(maps) { node.inputs[place] = writer.value(node.inputs[place], as: wanted) }
        writer.graph.nodes.append(node)
      case .float32:
        for place in node.inputs.indices where !graph.values[node.inputs[place].index].isIndices {
          node.inputs[place] = writer.value(node.inputs[place], as: .float32)
        }
        writer.append(node, writing: .float32)
      case .convolution:
        let written = precision.writes(wanted) ? wanted : precision == .int8 ? .float32 : precision.format
        node.inputs[0] = writer.value(node.inputs[0], as: readFormat(of: node.inputs[0], precision))
        for place in node.inputs.indices.dropFirst() {
          node.inputs[place] = writer.value(node.inputs[place], inPrecisionOf: written, range: plan.ranges[keys[node.inputs[place].index]])
        }
        writer.append(node, writing: written)
      }
    }
    return writer.graph
  }

  /// The formats of the graph's inputs that convolutions read in bytes.
  private var inputBytes: [ValueID: ElementFormat] {
    let inputs = Set(graph.inputs)
    let readings = zip(graph.nodes, precisions).compactMap { node, precision -> (ValueID, ElementFormat)? in
      guard case .convolution = node.formatRule, precision == .int8, inputs.contains(node.inputs[0]) else { return nil }
      return (node.inputs[0], readFormat(of: node.inputs[0], precision))
    }
    return Dictionary(readings, uniquingKeysWith: { first, _ in first })
  }

  /// What a convolution of that precision reads `value` as.
  private func readFormat(of value: ValueID, _ precision: Precision) -> ElementFormat {
    let stored = format(of: value)
    if stored.precision == precision { return stored }
    guard precision == .int8 else { return precision.format }
    guard let range = plan.ranges[keys[value.index]] else { preconditionFailure("int8 convolutions read values of known range") }
    return range.format
  }
}

/// Appends nodes and what must be converted for them.
private struct ConversionWriter {
  var graph: Graph
  private var made: [Conversion: ValueID] = [:]

  private struct Conversion: Hashable {
    let value: ValueID
    let format: ElementFormat
  }

  init(_ graph: Graph) {
    self.graph = graph
    self.graph.nodes = []
  }

  /// `value` in that format, converted once for all readers.
  mutating func value(_ value: ValueID, as format: ElementFormat) -> ValueID {
    if graph.values[value.index].format == format { return value }
    let conversion = Conversion(value: value, format: format)
    if let known = made[conversion] { return known }
    let converted = newValue(graph.shape(of: value), format)
    appendConversion(from: value, to: converted)
    made[conversion] = converted
    return converted
  }

  /// `value` in a format of the same size as `written`: bytes of any scale will do for bytes.
  mutating func value(_ value: ValueID, inPrecisionOf written: ElementFormat, range: ValueRange?) -> ValueID {
    if graph.values[value.index].format.precision == written.precision { return value }
    return self.value(value, as: written.precision == .int8 ? range?.format ?? written : written)
  }

  /// Appends a node whose code writes `format`, and a conversion where its output has another.
  mutating func append(_ node: Node, writing format: ElementFormat) {
    let output = node.outputs[0]
    if graph.values[output.index].format == format {
      graph.nodes.append(node)
      return
    }
    var node = node
    node.outputs[0] = newValue(graph.shape(of: output), format)
    graph.nodes.append(node)
    appendConversion(from: node.outputs[0], to: output)
    made[Conversion(value: output, format: format)] = node.outputs[0]
  }

  private mutating func newValue(_ shape: FeatureShape, _ format: ElementFormat) -> ValueID {
    graph.values.append(GraphValue(shape: shape, format: format))
    return ValueID(index: graph.values.count - 1)
  }

  private mutating func appendConversion(from source: ValueID, to target: ValueID) {
    let maker = graph.nodes.last { $0.outputs.contains(source) }
    graph.nodes.append(
      Node(name: maker?.name ?? "input", operation: .convert, inputs: [source], outputs: [target], stage: maker?.stage ?? .shallow))
  }
}

extension Precision {
  /// The format of its elements; bytes need a range.
  fileprivate var format: ElementFormat { self == .float32 ? .float32 : .bfloat16 }
}
