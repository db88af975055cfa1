import SegGraph
import SegRuntime
import SegTensor
import SegTestSupport
import Testing

private let channelCounts = [1, 2, 15, 16, 17, 33, 64, 70, 130]

/// Fast means, products, softmaxes and samples against the reference: odd sizes, channels beside the vector width, parts of concatenations.
@Suite struct SamplingOperationTests {
  /// Whether `make` gives what the reference gives: with dense maps, with its input and output as parts of concatenations, and on two threads.
  private func check(
    _ height: Int, _ width: Int, _ channels: Int, tolerance: Float = 2e-6, _ make: (inout RandomGraph, ValueID) throws -> ValueID
  ) throws {
    for isPart in [false, true] {
      var graph = RandomGraph(seed: UInt64(height * width + channels))
      var input = graph.input(height, width, channels)
      if isPart { input = try graph.isPart(try graph.activation(.leakyRelu(slope: 0.5), input), name: "before") }
      var output = try make(&graph, input)
      if isPart { output = try graph.isPart(output, name: "after") } else { graph.builder.output(output, name: "x") }
      let built = graph.builder.build()
      for threads in [1, 2] {
        #expect(try greatestDifference(built, seed: 7, threads: threads) < tolerance, "\(height)x\(width)x\(channels), part \(isPart), \(threads) threads")
      }
    }
  }

  @Test("average pools of windows inside, over padding and cut at the edge", arguments: channelCounts)
  func averagePools(channels: Int) throws {
    for (kernel, stride, padding) in [(2, 2, 0), (3, 2, 1), (3, 1, 1), (5, 3, 2), (7, 7, 0)] {
      for ceilMode in [false, true] {
        try check(9, 13, channels) { graph, input in
          try graph.operation(.averagePool(PoolingWindow(kernel: kernel, stride: stride, padding: padding, ceilMode: ceilMode)), input)
        }
      }
    }
  }

  @Test("adaptive pools of one region, odd regions that overlap, and more regions than places", arguments: channelCounts)
  func adaptivePools(channels: Int) throws {
    for (height, width, rows, columns) in [(9, 13, 1, 1), (9, 13, 2, 3), (16, 17, 6, 6), (3, 5, 6, 7), (1, 1, 2, 2)] {
      try check(height, width, channels) { graph, input in try graph.operation(.adaptiveAveragePool(height: rows, width: columns), input) }
    }
  }

  @Test("a mean over a large map keeps its digits")
  func largeMean() throws {
    var graph = RandomGraph(seed: 1)
    let input = graph.input(128, 256, 17)
    let shifted = try graph.operation(.scaleShift(ScaleShift(scale: [Float](repeating: 0.01, count: 17), shift: [Float](repeating: 100, count: 17))), input)
    graph.builder.output(try graph.operation(.adaptiveAveragePool(height: 1, width: 1), shifted), name: "x")
    #expect(try greatestDifference(graph.builder.build(), seed: 1) < 2e-6)
  }

  @Test("normalisations by a map's own statistics", arguments: channelCounts)
  func mapNormalizations(channels: Int) throws {
    let vector = { (from: Float) in Tensor(shape: [channels], floats: (0..<channels).map { from + Float($0) / 16 }) }
    try check(5, 7, channels, tolerance: 1e-5) { graph, input in
      try graph.operation(.mapNormalization(MapNormalization(scale: vector(0.5), shift: vector(-1), epsilon: 1e-5)), input)
    }
  }

  @Test("products of different maps and of a map with itself", arguments: channelCounts)
  func products(channels: Int) throws {
    try check(5, 7, channels) { graph, input in
      let other = try graph.activation(.relu, input)
      return try graph.operation(.multiply, try graph.operation(.multiply, input, other), input)
    }
    try check(5, 7, channels) { graph, input in try graph.operation(.multiply, input, input) }
  }

  @Test("softmaxes of one run, several runs and runs of one channel", arguments: [(1, 1), (2, 1), (19, 1), (16, 2), (243, 3), (30, 10), (17, 17), (64, 2)])
  func softmaxes(channels: Int, groups: Int) throws {
    try check(5, 7, channels) { graph, input in
      // A power of two: both sides round alike before the softmax.
      let wide = try graph.operation(
        .scaleShift(ScaleShift(scale: [Float](repeating: 32, count: channels), shift: [Float](repeating: 64, count: channels))), input)
      return try graph.operation(.softmax(groups: groups), wide)
    }
  }

  @Test("warps within the map, over its edges and far outside", arguments: channelCounts)
  func warps(channels: Int) throws {
    for (height, width) in [(9, 13), (1, 5), (4, 1)] {
      for scale in [Float(0.125), 1, -40] {
        try check(height, width, channels, tolerance: 2e-5) { graph, input in
          let flow = graph.input(height, width, 2)
          return try graph.operation(.warp(scale: scale), input, flow)
        }
      }
    }
  }

  @Test("deformable samples at every stride and dilation", arguments: [1, 3, 16, 20])
  func deformableSamples(channels: Int) throws {
    for window in [DeformableWindow(), DeformableWindow(stride: 2), DeformableWindow(padding: 2, dilation: 2), DeformableWindow(kernel: 5, padding: 2)] {
      for spread in [Float(0.4), 5] {
        try check(9, 12, channels, tolerance: 2e-5) { graph, input in
          let taps = window.kernel * window.kernel
          let count = { (length: Int) in (length + 2 * window.padding - window.dilation * (window.kernel - 1) - 1) / window.stride + 1 }
          let offsets = graph.input(count(9), count(12), 3 * taps)
          let factors = ScaleShift(scale: [Float](repeating: spread, count: 3 * taps), shift: [Float](repeating: 0.1, count: 3 * taps))
          return try graph.operation(.deformableSample(window), input, try graph.operation(.scaleShift(factors), offsets))
        }
      }
    }
  }
}
