import SegBase
import SegGraph
import SegTensor
import SegTestSupport

@testable import SegModels

/// Shapes of a network's tensors after filters were taken out at random: what pruning by the L1 norm leaves (arXiv 1608.08710).
///
/// Maps that meet in a sum, and what depthwise convolutions and normalisations pass on, keep a common width; the picture and the class scores keep theirs.
struct PrunedShapes {
  private var leader: [Int] = []
  private var width: [Int: Int] = [:]
  private var parts: [Int: [Int]] = [:]
  private var shapes: [String: [Int]] = [:]

  /// `keys`, which are of the network of `model`, with their new shapes: a sixth to a third of the filters stay.
  static func prune(_ keys: [(name: String, shape: [Int])], of model: LoadedModel, seed: UInt64) throws -> [(name: String, shape: [Int])] {
    var pruned = PrunedShapes()
    let graph = try model.graph(for: PixelSize(width: 128, height: 128))
    pruned.follow(graph)
    pruned.choose(graph, seed: seed)
    pruned.measure(graph)
    return keys.map { ($0.name, pruned.shapes[$0.name] ?? $0.shape) }
  }

  private func root(_ group: Int) -> Int { leader[group] == group ? group : root(leader[group]) }

  private mutating func group() -> Int {
    leader.append(leader.count)
    return leader.count - 1
  }

  private mutating func unite(_ values: [ValueID]) {
    let groups = values.map { parts[$0.index] ?? [] }
    for other in groups.dropFirst() { for (left, right) in zip(groups[0], other) { leader[root(right)] = root(left) } }
  }

  /// Gives each value the groups of channels it is made of.
  private mutating func follow(_ graph: Graph) {
    for input in graph.inputs { parts[input.index] = [group()] }
    for node in graph.nodes {
      let first = parts[node.inputs[0].index]
      var made = first
      switch node.operation {
      case .convolution(let convolution) where convolution.groups == 1: made = [group()]
      case .concatenate: made = node.inputs.flatMap { parts[$0.index] ?? [] }
      case .add, .multiply: unite(node.inputs)
      case .attend:
        unite(Array(node.inputs[..<2]))
        made = parts[node.inputs[2].index]
      default: break
      }
      for output in node.outputs { parts[output.index] = made }
    }
  }

  private mutating func choose(_ graph: Graph, seed: UInt64) {
    var random = RandomNumbers(seed: seed)
    for node in graph.nodes {
      guard case .convolution(let convolution) = node.operation, convolution.groups == 1, let group = parts[node.outputs[0].index]?.first else { continue }
      let full = convolution.weight.shape[0]
      if width[root(group)] == nil { width[root(group)] = Int.random(in: max(2, full / 6)...max(2, full / 3), using: &random) }
    }
    for (value, count) in graph.inputs.map({ ($0, 3) }) + graph.outputs.map({ ($0.value, graph.shape(of: $0.value).channels) }) {
      if let group = parts[value.index]?.first { width[root(group)] = count }
    }
  }

  private func channels(_ value: ValueID) -> Int { (parts[value.index] ?? []).reduce(0) { $0 + (width[root($1)] ?? 0) } }

  private mutating func measure(_ graph: Graph) {
    for node in graph.nodes {
      let output = channels(node.outputs[0])
      switch node.operation {
      case .convolution(let convolution):
        let kernel = convolution.weight.shape
        shapes["\(node.name).weight"] = [output, convolution.groups == 1 ? channels(node.inputs[0]) : 1, kernel[2], kernel[3]]
        shapes["\(node.name).bias"] = [output]
      case .batchNormalization: for part in ["weight", "bias", "running_mean", "running_var"] { shapes["\(node.name).\(part)"] = [output] }
      default: break
      }
    }
  }
}
