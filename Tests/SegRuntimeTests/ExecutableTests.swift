import Foundation
import SegBase
import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegRuntime

/// Largest difference from the reference, relative to the largest output; float32 sums of a few hundred terms in another order stay far below.
private let tolerance: Float = 3e-5

@Suite struct ExecutableTests {
  @Test(arguments: [(16, 16), (32, 48), (33, 49), (47, 31), (91, 133)])
  func wholeNetworkGivesWhatTheReferenceGives(height: Int, width: Int) throws {
    let graph = try ENetGraph.make(height: height, width: width)
    #expect(try greatestDifference(graph, seed: 1) < 1e-4)
    #expect(try greatestDifference(graph, seed: 1, threads: 2) < 1e-4)
  }

  @Test(arguments: [1, 7, 8, 9, 17, 33])
  func convolutionsOfEveryShape(size: Int) throws {
    for seed in UInt64(0)..<12 {
      var graph = RandomGraph(seed: seed)
      let channels = [1, 3, 4, 13, 16, 20][Int(seed) % 6]
      let groups = seed % 5 == 4 ? channels : 1
      let outputs = groups == 1 ? [4, 12, 16, 19, 33][Int(seed) % 5] : channels
      let kernel = [(1, 1), (3, 3), (5, 1), (1, 5), (2, 2), (3, 2)][Int(seed / 2) % 6]
      let dilation = 1 + Int(seed) % 2
      let padding = Padding(
        top: kernel.0 / 2 * dilation, bottom: kernel.0 / 2 * dilation + Int(seed) % 2, left: kernel.1 / 2 * dilation + Int(seed / 3) % 2,
        right: kernel.1 / 2 * dilation)
      let input = graph.input(size, max(1, size - Int(seed) % 3), channels)
      let output = try graph.convolution(
        input, to: outputs, kernel: kernel, stride: 1 + Int(seed / 4) % 2,
        padding: Padding(top: padding.top + 1, bottom: padding.bottom + 1, left: padding.left + 1, right: padding.right + 1), dilation: dilation,
        groups: groups,
        hasBias: seed % 2 == 0)
      graph.builder.output(output, name: "output")
      #expect(try greatestDifference(graph.builder.build(), seed: seed) < tolerance, "seed \(seed), size \(size)")
    }
  }

  @Test(arguments: [1, 7, 8, 9, 17])
  func transposedConvolutionsOfEveryShape(size: Int) throws {
    for (seed, shape) in [(2, 2, 0), (3, 2, 1), (4, 2, 1), (3, 2, 0), (4, 4, 0), (8, 4, 2), (1, 1, 0), (3, 1, 1), (5, 3, 2)].enumerated() {
      for extra in Set([0, shape.1 - 1]) where size * shape.1 > 2 * shape.2 {
        var graph = RandomGraph(seed: UInt64(seed))
        let input = graph.input(size, size + 2, 5)
        var output = try graph.transposed(input, to: 12, kernel: shape.0, stride: shape.1, padding: shape.2, extra: (extra, 0), hasBias: seed % 2 == 0)
        output = try graph.activation(graph.slopes(12), output)
        graph.builder.output(output, name: "output")
        #expect(try greatestDifference(graph.builder.build(), seed: UInt64(seed)) < tolerance, "shape \(shape), size \(size), extra \(extra)")
      }
    }
  }

  @Test func everyActivationAfterEveryOperation() throws {
    for channels in [3, 16, 21] {
      var graph = RandomGraph(seed: 5)
      let input = graph.input(9, 7, channels)
      let activations: [Activation] = [.relu, .relu6, .leakyRelu(slope: 0.3), graph.slopes(channels), .sigmoid, .tanh]
      for (index, activation) in activations.enumerated() {
        let wide = try graph.builder.add(
          .scaleShift(ScaleShift(scale: [Float](repeating: 8, count: channels), shift: [Float](repeating: 0.5, count: channels))), name: "wide", inputs: [input]
        )
        let values = [
          try graph.activation(activation, try graph.convolution(wide, to: channels)), try graph.activation(activation, wide),
          try graph.activation(activation, try graph.normalization(wide)), try graph.add(wide, input, wide, activation: activation),
          try graph.activation(activation, try graph.transposed(wide, to: channels, kernel: 3, padding: 1)),
        ]
        for (place, value) in values.enumerated() { graph.builder.output(value, name: "\(index).\(place)") }
      }
      #expect(try greatestDifference(graph.builder.build(), seed: 5) < tolerance)
    }
  }

  @Test(arguments: [false, true])
  func sumsFollowConvolutionsInEveryOrder(residualStaysNeeded: Bool) throws {
    for (seed, size) in [1, 8, 17].enumerated() {
      var graph = RandomGraph(seed: UInt64(seed))
      let input = graph.input(size, size + 1, 16)
      let residual = try graph.activation(.leakyRelu(slope: 0.1), try graph.convolution(input, to: 12))
      var x = try graph.activation(graph.slopes(12), try graph.convolution(residual, to: 12, kernel: (3, 3), padding: Padding(1)))
      x = try graph.activation(.relu, try graph.add(residual, x))
      x = try graph.add(try graph.convolution(x, to: 12), x)
      graph.builder.output(x, name: "x")
      if residualStaysNeeded { graph.builder.output(residual, name: "residual") }
      #expect(try greatestDifference(graph.builder.build(), seed: UInt64(seed)) < tolerance)
    }
  }

  @Test(arguments: [(7, 9), (8, 8), (17, 33)])
  func poolsAndUnpools(height: Int, width: Int) throws {
    for channels in [1, 3, 16, 20] {
      for ceilMode in [false, true] {
        var graph = RandomGraph(seed: 3)
        let input = graph.input(height, width, channels)
        for (index, window) in [(3, 2, 1), (2, 2, 0), (3, 1, 1), (5, 3, 2), (3, 3, 0)].enumerated() {
          let window = PoolingWindow(kernel: window.0, stride: window.1, padding: window.2, ceilMode: ceilMode)
          let (values, indices) = try graph.builder.addMaxPoolWithIndices(window, name: "pool", input: input)
          let spread = try graph.builder.add(.maxUnpool(height: height, width: width), name: "unpool", inputs: [values, indices])
          graph.builder.output(spread, name: "unpooled \(index)")
          graph.builder.output(try graph.builder.add(.maxPool(window, keepsIndices: false), name: "pool", inputs: [input]), name: "pooled \(index)")
        }
        #expect(try greatestDifference(graph.builder.build(), seed: 3) == 0, "\(channels) channels")
      }
    }
  }

  @Test func unpoolAfterTransposedConvolutionIsFusedAndRight() throws {
    for (height, width) in [(8, 10), (9, 13)] {
      // A kernel of 3 with padding 1 reaches even sizes only.
      for kernel in height % 2 == 0 ? [2, 3] : [2] {
        var graph = RandomGraph(seed: UInt64(kernel))
        let input = graph.input(height, width, 16)
        let (values, indices) = try graph.builder.addMaxPoolWithIndices(PoolingWindow(kernel: 2, stride: 2), name: "pool", input: input)
        let main = try graph.builder.add(.maxUnpool(height: height, width: width), name: "unpool", inputs: [try graph.convolution(values, to: 16), indices])
        let padding = kernel / 3
        let extra = { (length: Int) in length - ((length / 2 - 1) * 2 - 2 * padding + kernel) }
        var x = try graph.transposed(values, to: 6, kernel: kernel, padding: padding, extra: (extra(height), extra(width)))
        x = try graph.convolution(try graph.activation(.relu, x), to: 16, hasBias: true)
        x = try graph.activation(graph.slopes(16), try graph.add(main, x))
        graph.builder.output(x, name: "x")
        let built = graph.builder.build()
        #expect(!built.optimized().nodes.contains { if case .maxUnpool = $0.operation { true } else { false } })
        #expect(try greatestDifference(built, seed: 1) < tolerance)
      }
    }
  }

  @Test func joinsOfEveryKindOfMap() throws {
    for size in [1, 8, 9] {
      var graph = RandomGraph(seed: 11)
      let input = graph.input(size, size, 3)
      let one = try graph.convolution(input, to: 13, kernel: (3, 3), padding: Padding(1))
      let two = try graph.builder.add(.maxPool(PoolingWindow(kernel: 3, stride: 1, padding: 1), keepsIndices: false), name: "pool", inputs: [input])
      let joined = try graph.activation(graph.slopes(16), try graph.normalization(try graph.join(one, two)))
      let again = try graph.join(joined, two, two, input, try graph.builder.add(.padChannels(to: 5), name: "pad", inputs: [two]))
      graph.builder.output(try graph.convolution(again, to: 4), name: "x")
      graph.builder.output(two, name: "two")
      #expect(try greatestDifference(graph.builder.build(), seed: 4) < tolerance)
    }
  }

  @Test(arguments: [false, true])
  func resizesUpAndDown(alignCorners: Bool) throws {
    for (channels, from, to) in [(1, 7, 15), (19, 8, 5), (16, 9, 1), (3, 1, 8), (20, 33, 33)] {
      var graph = RandomGraph(seed: 2)
      let input = graph.input(from, from + 1, channels)
      graph.builder.output(
        try graph.builder.add(.resizeBilinear(height: to, width: to + 2, alignCorners: alignCorners), name: "resize", inputs: [input]), name: "x")
      #expect(try greatestDifference(graph.builder.build(), seed: 2) < 1e-5)
    }
  }

  @Test func profileNamesEveryStepAndCountsConvolutions() throws {
    let graph = try ENetGraph.make(height: 32, width: 32)
    let executable = try Executable(graph: graph)
    let steps = executable.profile()
    let convolutions = graph.nodes.count {
      switch $0.operation {
      case .convolution, .transposedConvolution: true
      default: false
      }
    }
    #expect(steps.count { $0.gigaOperations > 0 } == convolutions)
    #expect(steps.allSatisfy { !$0.name.isEmpty && !$0.kind.isEmpty && $0.milliseconds >= 0 })
    #expect(executable.arenaByteCount > 0 && executable.weightByteCount > 300_000 * 4)
  }

  @Test func runsLeaveNoMemoryBehind() async {
    // In a process of its own, so that no other test allocates meanwhile.
    await #expect(processExitsWith: .success) {
      let executable = try Executable(graph: try ENetGraph.make(height: 64, width: 64))
      for _ in 0..<3 { executable.run() }
      let before = Heap.bytesInUse
      for _ in 0..<50 { executable.run() }
      #expect(Heap.bytesInUse - before == 0)
    }
  }

  @Test("steps of our own ask for no memory, in any precision; what the library asks for within a call is given back")
  func stepsAskForNoMemory() async {
    await #expect(processExitsWith: .success) {
      let graph = try ENetGraph.make(height: 64, width: 64)
      let keys = graph.optimized().valueKeys
      let ranges = Dictionary(uniqueKeysWithValues: keys.map { ($0, ValueRange(lowest: -1, highest: 1)) })
      for precision in Precision.allCases {
        let executable = try Executable(graph: graph, precision: PrecisionPlan(precision, fallback: .bfloat16, ranges: ranges))
        for _ in 0..<3 { executable.run() }
        var asked = 0
        for step in executable.steps {
          let before = Heap.allocationCount
          step.run(threads: 1)
          if case .convolution = step.work { continue }
          asked += Heap.allocationCount - before
        }
        #expect(asked == 0)
        let before = Heap.bytesInUse
        for _ in 0..<20 { executable.run() }
        #expect(Heap.bytesInUse - before == 0)
      }
    }
  }

  @Test func oneThreadStartsNoOthers() async {
    await #expect(processExitsWith: .success) {
      let count = { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count }
      let before = try count()
      let executable = try Executable(graph: try ENetGraph.make(height: 64, width: 64), threads: 1)
      for _ in 0..<3 { executable.run() }
      #expect(try count() <= before)
    }
  }
}
