import SegBase

extension Graph {
  /// What is wrong with the graph, a line each; empty for every graph that the builder or a pass makes.
  ///
  /// Checks that values are made once and before they are read, that stored shapes are those the operations make, and that inputs and outputs exist.
  public func problems() -> [String] {
    var found: [String] = []
    var isMade = [Bool](repeating: false, count: values.count)
    func check(_ value: ValueID, _ what: String) -> Bool {
      if values.indices.contains(value.index) { return true }
      found.append("\(what): no value \(value.index)")
      return false
    }
    for input in inputs where check(input, "input") { isMade[input.index] = true }
    for node in nodes {
      guard node.inputs.allSatisfy({ check($0, node.name) }), node.outputs.allSatisfy({ check($0, node.name) }) else { continue }
      for input in node.inputs where !isMade[input.index] { found.append("\(node.name): reads value \(input.index) before it is made") }
      for output in node.outputs {
        if isMade[output.index] { found.append("\(node.name): makes value \(output.index) again") }
        isMade[output.index] = true
      }
      found += shapeProblems(node)
    }
    for output in outputs where check(output.value, output.name) && !isMade[output.value.index] { found.append("\(output.name): never made") }
    if Set(outputs.map(\.name)).count != outputs.count { found.append("two outputs have one name") }
    return found
  }

  private func shapeProblems(_ node: Node) -> [String] {
    let arity = node.operation.inputCount
    guard arity.contains(node.inputs.count) else { return ["\(node.name): reads \(node.inputs.count) values"] }
    do {
      let made = try ShapeInference.outputs(of: node.operation, inputs: node.inputs.map { values[$0.index] }, name: node.name)
      guard made.count == node.outputs.count else { return ["\(node.name): makes \(made.count) values, not \(node.outputs.count)"] }
      return zip(made, node.outputs).compactMap { value, output in
        let stored = values[output.index]
        return value.shape == stored.shape && value.isIndices == stored.isIndices ? nil : "\(node.name): makes \(value.shape), stored as \(stored.shape)"
      }
    } catch {
      return [error.description]
    }
  }
}

extension Operation {
  /// How many values the operation may read.
  fileprivate var inputCount: ClosedRange<Int> {
    switch self {
    case .convolution, .transposedConvolution:
      let added = (postOperations ?? []).count { if case .add = $0 { true } else { false } }
      return 1 + added...1 + added
    case .add, .concatenate: return 2...Int.max
    case .resizedSum: return 1...Int.max
    case .maxUnpool, .multiply, .warp, .deformableSample, .gatherRegions: return 2...2
    case .attend: return 3...3
    case .interleave: return 1...3
    default: return 1...1
    }
  }
}
