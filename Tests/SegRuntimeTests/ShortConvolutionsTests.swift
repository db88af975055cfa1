import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegRuntime

/// Which kernel of our own makes a convolution, and whole networks by them.
@Suite struct ShortConvolutionsTests {
  /// The kinds that the convolutions of a graph are, by name; "library" where none was chosen.
  private func kinds(_ graph: Graph, among kernels: ShortKernels) -> [String] {
    var chosen = ShortConvolutions(graph, among: kernels)
    return graph.nodes.compactMap { node in
      guard case .convolution = node.operation else { return nil }
      return switch chosen.take(making: node.outputs[0]) {
      case nil: "library"
      case .narrow: "narrow"
      case .tiles: "tiles"
      case .planeTiles: "plane tiles"
      case .matrix: "matrix"
      case .windows: "windows"
      case .depthwise: "depthwise"
      case .points: "points"
      case .gathered: "gathered"
      case .bands: "bands"
      case .withReader: "with reader"
      }
    }
  }

  @Test(
    "networks in tile registers give what the reference gives, on one thread and on two",
    .enabled(if: MatrixConvolution.isAvailable, "the processor has no tile registers, or the system lets nobody use them"),
    arguments: [Precision.int8, .bfloat16], [18, 32, 36])
  func wholeNetworks(precision: Precision, channels: Int) throws {
    for seed in UInt64(0)..<3 {
      let network = try BlockNetwork(precision, seed: seed, channels: channels)
      let (one, two) = (try network.results(threads: 1, among: .matrix), try network.results(threads: 2, among: .matrix))
      let name = precision == .int8 ? "int8" : "bf16"
      #expect(one.kinds.count { $0 == "matrix \(name)" } == 6 && two.kinds == one.kinds, "seed \(seed): \(one.kinds)")
      #expect(one.values == two.values && network.agrees(one.values), "seed \(seed)")
    }
  }

  @Test("tile registers are chosen before all others, and nothing is planes then", .enabled(if: MatrixConvolution.isAvailable))
  func matrixFirst() throws {
    for precision in [Precision.int8, .bfloat16] {
      let graph = try BlockNetwork(precision, seed: 1, channels: 18).formatted
      #expect(kinds(graph, among: .all).dropFirst() == ["matrix", "matrix", "matrix", "matrix", "matrix"] && ShortConvolutions(graph).planeValues.isEmpty)
    }
  }

  @Test("of kernels that are left out none is chosen", arguments: [Precision.int8, .bfloat16])
  func leftOut(precision: Precision) throws {
    let graph = try BlockNetwork(precision, seed: 1, channels: 18).formatted
    #expect(kinds(graph, among: []) == [String](repeating: "library", count: 6) && ShortConvolutions(graph, among: []).planeValues.isEmpty)
    for (kernels, name) in [(ShortKernels.narrow, "narrow"), (.tiles, "tiles"), (.matrix, "matrix")] {
      #expect(Set(kinds(graph, among: kernels)).isSubset(of: [name, "library"]), "\(name)")
    }
  }

  @Test("of bfloat16, an odd number of channels is read where tile registers make the convolution")
  func oddChannels() throws {
    let graph = try BlockNetwork(.bfloat16, seed: 1, channels: 17).formatted
    let convolutions = graph.nodes.filter { if case .convolution = $0.operation { true } else { false } }
    let areRead = convolutions.map { ShortConvolutions.readsOddChannels($0, of: graph) }
    // Of those that add a map, and of one whose results leave the network, it is not said.
    #expect(areRead == [true, true, false, true, false, false].map { $0 && MatrixConvolution.isAvailable })
    #expect(convolutions.allSatisfy { !ShortConvolutions.readsOddChannels($0, of: graph, among: [.narrow, .tiles, .windows, .depthwise]) })
  }

  @Test("a convolution is handed over once")
  func once() throws {
    let graph = try BlockNetwork(.int8, seed: 1, channels: 18).formatted
    var chosen = ShortConvolutions(graph)
    for node in graph.nodes { _ = chosen.take(making: node.outputs[0]) }
    #expect(graph.nodes.allSatisfy { chosen.take(making: $0.outputs[0]) == nil })
  }

  @Test("floats are left to others")
  func floats() throws {
    let graph = try BlockNetwork(.float32, seed: 1, channels: 18).formatted
    #expect(kinds(graph, among: .all) == [String](repeating: "library", count: 6))
  }
}
