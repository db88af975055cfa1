import SegGraph
import SegRuntime
import SegTestSupport
import Testing

private let tolerance: Float = 3e-5

/// What the larger networks lean on: fast code for their convolutions, shared maps in joins and sums.
@Suite struct LargerNetworkTests {
  private func steps(_ graph: Graph) throws -> [StepProfile] { try Executable(graph: graph).profile() }

  @Test(
    "depthwise convolutions with ReLU6 are one fast step, also with padding at the bottom and right only",
    arguments: [1, 2], [Padding(1), Padding(top: 0, bottom: 1, left: 0, right: 1), Padding(top: 1, bottom: 0, left: 1, right: 0)])
  func depthwise(stride: Int, padding: Padding) throws {
    for channels in [5, 16, 24, 96, 144] {
      for (height, width) in [(8, 10), (15, 13)] {
        var graph = RandomGraph(seed: UInt64(channels))
        let input = graph.input(height, width, channels)
        let made = try graph.convolution(input, to: channels, kernel: (3, 3), stride: stride, padding: padding, groups: channels)
        graph.builder.output(try graph.activation(.relu6, try graph.normalization(made)), name: "x")
        let built = graph.builder.build()
        for threads in [1, 2] { #expect(try greatestDifference(built, seed: 1, threads: threads) < tolerance, "\(height)x\(width)x\(channels)") }
        let steps = try steps(built)
        #expect(steps.count == 1)
        #if arch(x86_64)
          #expect(!steps[0].kind.hasPrefix("ref") && !steps[0].kind.contains("gemm"), "\(steps[0].kind) for \(channels) channels")
        #endif
      }
    }
  }

  @Test("ReLU6 cuts at six inside every kind of convolution")
  func relu6() throws {
    for (kernel, groups) in [(1, 1), (3, 1), (3, 16)] {
      var graph = RandomGraph(seed: 2)
      let wide = try graph.operation(
        .scaleShift(ScaleShift(scale: [Float](repeating: 16, count: 16), shift: [Float](repeating: 0, count: 16))), graph.input(7, 9, 16))
      let made = try graph.convolution(wide, to: 16, kernel: (kernel, kernel), padding: Padding(kernel / 2), groups: groups)
      graph.builder.output(try graph.activation(.relu6, made), name: "x")
      #expect(try greatestDifference(graph.builder.build(), seed: 1) < tolerance)
      #expect(try steps(graph.builder.build()).count == 2)
    }
  }

  @Test(
    "large kernels, dilations and strides of backbones",
    arguments: [(7, 2, 3, 1), (3, 1, 2, 2), (3, 1, 4, 4), (3, 1, 8, 8), (3, 1, 12, 12), (1, 2, 0, 1), (3, 2, 1, 1), (5, 2, 2, 1)])
  func backboneConvolutions(kernel: Int, stride: Int, padding: Int, dilation: Int) throws {
    for (inputs, outputs) in [(3, 64), (32, 32), (18, 36), (20, 19)] {
      for (height, width) in [(16, 24), (19, 13)] {
        var graph = RandomGraph(seed: 3)
        let input = graph.input(height, width, inputs)
        let made = try graph.convolution(
          input, to: outputs, kernel: (kernel, kernel), stride: stride, padding: Padding(padding), dilation: dilation, hasBias: true)
        graph.builder.output(try graph.activation(.relu, made), name: "x")
        for threads in [1, 2] { #expect(try greatestDifference(graph.builder.build(), seed: 1, threads: threads) < tolerance, "\(inputs) to \(outputs)") }
        #expect(try steps(graph.builder.build()).allSatisfy { !$0.kind.hasPrefix("ref") })
      }
    }
  }

  @Test("two leaky ReLUs of different slopes follow one convolution")
  func differentSlopes() throws {
    for slopes in [(Float(0.5), Float(0.1)), (0.1, 0.5), (0.25, 0.25), (0, 0.2)] {
      var graph = RandomGraph(seed: 4)
      let input = graph.input(6, 7, 12)
      let first = try graph.activation(.leakyRelu(slope: slopes.0), try graph.convolution(input, to: 12, kernel: (3, 3), padding: Padding(1)))
      let sum = try graph.add(first, input)
      graph.builder.output(try graph.activation(.leakyRelu(slope: slopes.1), sum), name: "summed")
      let twice = try graph.activation(.leakyRelu(slope: slopes.0), try graph.convolution(input, to: 5))
      graph.builder.output(try graph.activation(.leakyRelu(slope: slopes.1), twice), name: "twice")
      #expect(try greatestDifference(graph.builder.build(), seed: 5) < tolerance, "slopes \(slopes)")
    }
  }

  @Test("joins of five maps, some of them in two joins, some outputs, some twice in one join")
  func joins() throws {
    for size in [4, 9] {
      var graph = RandomGraph(seed: 6)
      let input = graph.input(size, size + 1, 16)
      let made = try [18, 7, 16, 33].map { try graph.activation(.relu, try graph.convolution(input, to: $0)) }
      let up = try graph.operation(.resizeBilinear(height: size, width: size + 1, alignCorners: false), try graph.convolution(input, to: 5, stride: 2))
      let pooled = try graph.operation(.averagePool(PoolingWindow(kernel: 3, stride: 1, padding: 1)), made[0])
      let first = try graph.join(made[0], up, made[1], pooled, made[2])
      let second = try graph.join(up, made[3], pooled, up)
      graph.builder.output(up, name: "up")
      graph.builder.output(second, name: "second")
      graph.builder.output(try graph.convolution(first, to: 19), name: "first")
      graph.builder.output(try graph.join(first, second), name: "joins")
      for threads in [1, 2] { #expect(try greatestDifference(graph.builder.build(), seed: 6, threads: threads) < tolerance) }
    }
  }

  @Test("branches that exchange sums of three and four maps, each read by every sum")
  func fusedBranches() throws {
    for sizes in [(8, 12), (9, 7)] {
      var graph = RandomGraph(seed: 7)
      let input = graph.input(sizes.0, sizes.1, 18)
      let shapes = [(sizes.0, sizes.1, 18), ((sizes.0 + 1) / 2, (sizes.1 + 1) / 2, 36), ((sizes.0 + 3) / 4, (sizes.1 + 3) / 4, 72)]
      var branches = [input]
      for shape in shapes.dropFirst() { branches.append(try down(&graph, branches[branches.count - 1], to: shape.2)) }
      for _ in 0..<2 {
        let sources = branches
        branches = try shapes.indices.map { target in
          let parts = try sources.indices.map { try exchanged(&graph, sources[$0], from: $0, to: target, shapes) }
          return try graph.activation(.relu, try graph.builder.add(.add(activation: nil), name: "fuse", inputs: parts))
        }
      }
      let extra = try graph.activation(.tanh, branches[0])
      graph.builder.output(try graph.add(branches[0], input, extra, branches[0], activation: .relu), name: "four")
      for (index, branch) in branches.enumerated() { graph.builder.output(branch, name: "branch \(index)") }
      for threads in [1, 2] { #expect(try greatestDifference(graph.builder.build(), seed: 7, threads: threads) < tolerance) }
    }
  }

  private func down(_ graph: inout RandomGraph, _ value: ValueID, to channels: Int) throws -> ValueID {
    try graph.normalization(try graph.convolution(value, to: channels, kernel: (3, 3), stride: 2, padding: Padding(1)))
  }

  private func exchanged(_ graph: inout RandomGraph, _ value: ValueID, from source: Int, to target: Int, _ shapes: [(Int, Int, Int)]) throws -> ValueID {
    var value = value
    if source > target {
      value = try graph.normalization(try graph.convolution(value, to: shapes[target].2))
      return try graph.operation(.resizeBilinear(height: shapes[target].0, width: shapes[target].1, alignCorners: false), value)
    }
    for step in source..<target { value = try down(&graph, value, to: shapes[step + 1].2) }
    return value
  }

  @Test("a map that many nodes read keeps its numbers to the last")
  func manyReaders() throws {
    var graph = RandomGraph(seed: 8)
    let input = graph.input(7, 9, 16)
    let shared = try graph.activation(.relu, try graph.convolution(input, to: 16))
    var x = shared
    for index in 0..<6 {
      let product = try graph.operation(.multiply, shared, try graph.activation(.sigmoid, x))
      let made = try graph.convolution(product, to: 16, kernel: (3, 3), padding: Padding(1))
      x = try graph.activation(.relu6, try graph.add(made, shared))
      graph.builder.output(try graph.operation(.softmax(groups: 2), shared), name: "softmax \(index)")
    }
    graph.builder.output(try graph.add(x, shared, try graph.activation(.tanh, shared)), name: "x")
    #expect(try greatestDifference(graph.builder.build(), seed: 8, threads: 2) < tolerance)
  }
}
