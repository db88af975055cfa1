import SegGraph
import SegRuntime
import SegTestSupport
import Testing

/// Sums of maps that are enlarged on the way, and 1x1 convolutions that are done before maps are enlarged.
@Suite struct ResizedSumTests {
  private let tolerance: Float = 1e-5

  private func sum(_ graph: inout RandomGraph, _ inputs: [ValueID], _ height: Int, _ width: Int, alignCorners: Bool, _ activation: Activation?) throws
    -> ValueID
  {
    let sum = ResizedSum(height: height, width: width, alignCorners: alignCorners, activation: activation)
    return try graph.builder.add(.resizedSum(sum), name: "sum", inputs: inputs)
  }

  @Test("sums of one to eight maps of any size and number of channels", arguments: [false, true])
  func anySizes(alignCorners: Bool) throws {
    var random = RandomNumbers(seed: 5)
    for (height, width, channels) in [(7, 9, 18), (1, 1, 3), (16, 32, 16), (5, 70, 270), (12, 3, 33), (3, 40, 1030)] {
      for count in [1, 2, 4, 8] {
        var graph = RandomGraph(seed: 3)
        var inputs: [ValueID] = []
        for index in 0..<count {
          let isOfSize = index == 1 || index == 5
          inputs.append(
            graph.input(
              isOfSize ? height : Int.random(in: 1...height + 2, using: &random), isOfSize ? width : Int.random(in: 1...width + 1, using: &random), channels))
        }
        let activations: [Activation?] = [nil, .relu, .relu6, graph.slopes(channels), .tanh]
        let activation = activations[(count + channels) % 5]
        graph.builder.output(try sum(&graph, inputs, height, width, alignCorners: alignCorners, activation), name: "x")
        #expect(
          try greatestDifference(graph.builder.build(), seed: 2, threads: 1 + count % 2) < tolerance, "\(count) maps to \(height)x\(width)x\(channels)")
      }
    }
  }

  @Test("maps of a single column beside others, and by themselves", arguments: [[1], [1, 1], [4, 1], [1, 5, 1], [3, 1, 1, 2], [1, 6, 3, 2]])
  func columns(widths: [Int]) throws {
    for (isOnto, channels) in [(false, 20), (true, 20), (true, 1030)] {
      var graph = RandomGraph(seed: 3)
      let inputs = widths.map { graph.input(min($0, 4), $0, channels) } + (isOnto ? [graph.input(5, 9, channels)] : [])
      graph.builder.output(try sum(&graph, inputs, 5, 9, alignCorners: true, .relu), name: "x")
      #expect(try greatestDifference(graph.builder.build(), seed: 2) < tolerance, "onto a map: \(isOnto)")
    }
  }

  @Test("maps that are parts of a join are added, and sums are made in their places in joins and over what they add")
  func places() throws {
    for channels in [5, 16, 21] {
      var graph = RandomGraph(seed: 9)
      let base = try graph.isPart(try graph.activation(.relu6, graph.input(9, 13, channels)), name: "around base")
      let small = try graph.isPart(try graph.activation(.relu6, graph.input(4, 7, channels)), name: "around small")
      let made = try graph.activation(.sigmoid, base)
      let other = try graph.activation(.tanh, base)
      let first = try sum(&graph, [small, made, other], 9, 13, alignCorners: false, .leakyRelu(slope: 0.1))
      graph.builder.output(try graph.isPart(try sum(&graph, [first, small], 9, 13, alignCorners: false, .relu), name: "around sum"), name: "x")
      for threads in [1, 2, 3] { #expect(try greatestDifference(graph.builder.build(), seed: 4, threads: threads) < tolerance) }
    }
  }

  @Test("the passes change no result", arguments: UInt64(0)..<24)
  func passes(seed: UInt64) throws {
    var graph = RandomGraph(seed: seed)
    let corners = seed % 2 == 0
    let (fine, middle, coarse) = (graph.input(11, 14, 6), graph.input(6, 7, 24), graph.input(1 + Int(seed) % 3, 4, 40))
    let up = { (value: ValueID, graph: inout RandomGraph) in try graph.operation(.resizeBilinear(height: 11, width: 14, alignCorners: corners), value) }
    let joined = seed % 3 == 0 ? try graph.join(up(middle, &graph), up(coarse, &graph)) : try graph.join(fine, up(middle, &graph), up(coarse, &graph), fine)
    let head = try graph.activation(.relu, try graph.normalization(try graph.convolution(joined, to: 9, hasBias: true)))
    graph.builder.output(head, name: "head")
    let one = try graph.add(graph.input(11, 14, 9), try up(try graph.convolution(middle, to: 9), &graph))
    let two = try graph.add(one, try up(try graph.convolution(coarse, to: 9), &graph), activation: seed % 4 == 0 ? .relu : nil)
    graph.builder.output(two, name: "x")
    let built = graph.builder.build()
    let optimized = built.optimized()
    #expect(optimized.nodes.count { if case .resizedSum = $0.operation { true } else { false } } == 2 && optimized.problems() == [])
    var random = RandomNumbers(seed: seed)
    let inputs = built.inputs.map { random.floats(built.shape(of: $0).count) }
    let (wanted, found) = (ReferenceInterpreter(graph: built).run(inputs: inputs), ReferenceInterpreter(graph: optimized).run(inputs: inputs))
    for name in ["head", "x"] {
      let (one, other) = (try #require(wanted[name]), try #require(found[name]))
      #expect(zip(one, other).allSatisfy { abs($0 - $1) < 1e-4 * max(1, abs($0)) })
    }
    #expect(try greatestDifference(built, seed: seed, threads: 1 + Int(seed) % 2) < tolerance)
  }

  @Test("a sum of more maps than can be added is refused")
  func tooMany() throws {
    var graph = RandomGraph(seed: 1)
    let inputs = (0..<9).map { _ in graph.input(2, 2, 3) }
    graph.builder.output(try sum(&graph, inputs, 4, 4, alignCorners: false, nil), name: "x")
    let built = graph.builder.build()
    #expect(throws: (any Error).self) { try Executable(graph: built) }
  }
}
