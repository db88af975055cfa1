import Foundation
import SegGraph
import SegRuntime
import SegTensor
import Testing

/// Pools, products, softmaxes, samples and attention of the reference: small cases worked out by hand.
@Suite struct ReferenceOperationTests {
  private func run(_ operation: SegGraph.Operation, _ inputs: (FeatureShape, [Float])...) throws -> [Float] {
    var builder = GraphBuilder()
    let values = inputs.map { builder.input($0.0) }
    builder.output(try builder.add(operation, name: "node", inputs: values), name: "x")
    return try #require(ReferenceInterpreter(graph: builder.build()).run(inputs: inputs.map(\.1))["x"])
  }

  private func map(_ height: Int, _ width: Int, _ channels: Int, _ values: [Float]) -> (FeatureShape, [Float]) {
    (FeatureShape(height: height, width: width, channels: channels), values)
  }

  private func isClose(_ found: [Float], _ wanted: [Float]) -> Bool { found.count == wanted.count && zip(found, wanted).allSatisfy { abs($0 - $1) < 1e-6 } }

  @Test("an average pool leaves padding out of sum and count")
  func averagePool() throws {
    let found = try run(.averagePool(PoolingWindow(kernel: 3, stride: 2, padding: 1)), map(3, 3, 1, [1, 2, 3, 4, 5, 6, 7, 8, 9]))
    #expect(found == [3, 4, 6, 7])
  }

  @Test("a last window of an average pool is cut at the map's edge")
  func averagePoolInCeilMode() throws {
    let found = try run(.averagePool(PoolingWindow(kernel: 2, stride: 2, ceilMode: true)), map(1, 5, 2, [1, 10, 3, 30, 5, 50, 7, 70, 9, 90]))
    #expect(found == [2, 20, 6, 60, 9, 90])
  }

  @Test("regions of an adaptive pool overlap where the side is no multiple")
  func adaptivePool() throws {
    #expect(try run(.adaptiveAveragePool(height: 1, width: 3), map(1, 5, 1, [1, 2, 3, 4, 5])) == [1.5, 3, 4.5])
    #expect(try run(.adaptiveAveragePool(height: 2, width: 1), map(1, 2, 1, [1, 2])) == [1.5, 1.5])
  }

  @Test("elements are multiplied with those at the same place")
  func multiply() throws {
    #expect(try run(.multiply, map(1, 2, 2, [1, 2, 3, 4]), map(1, 2, 2, [5, 6, 7, -8])) == [5, 12, 21, -32])
  }

  @Test("each channel is normalised by its own mean and variance")
  func mapNormalization() throws {
    let normalization = MapNormalization(scale: Tensor(shape: [2], floats: [1, 10]), shift: Tensor(shape: [2], floats: [0, 5]), epsilon: 0)
    // Channel 0 is 1 and 3 (mean 2, deviation 1), channel 1 is -2 and 2 (mean 0, deviation 2).
    #expect(try run(.mapNormalization(normalization), map(1, 2, 2, [1, -2, 3, 2])) == [-1, -5, 1, 15])
  }

  @Test("each run of channels has a softmax of its own, also of huge numbers")
  func softmax() throws {
    let found = try run(.softmax(groups: 2), map(1, 2, 4, [0, Float(log(3.0)), 1, 1, 10000, 10000, -9000, 9000]))
    #expect(isClose(found, [0.25, 0.75, 0.5, 0.5, 0.5, 0.5, 0, 1]))
  }

  @Test("a warp moves by half a side for each unit of flow: x first, zeros come in")
  func warp() throws {
    // A width of 5 and a height of 3: one unit is 2 columns or 1 row.
    let values: [Float] = [1, 2, 3, 4, 5, 11, 12, 13, 14, 15, 21, 22, 23, 24, 25]
    func moved(_ x: Float, _ y: Float, scale: Float) throws -> [Float] {
      try run(.warp(scale: scale), map(3, 5, 1, values), map(3, 5, 2, (0..<15).flatMap { _ in [x, y] }))
    }
    #expect(try moved(0, 0, scale: 1) == values)
    #expect(try moved(4, 0, scale: 0.125) == [2, 3, 4, 5, 0, 12, 13, 14, 15, 0, 22, 23, 24, 25, 0])
    #expect(try moved(0, -0.5, scale: 1) == [0.5, 1, 1.5, 2, 2.5, 6, 7, 8, 9, 10, 16, 17, 18, 19, 20])
    #expect(try moved(0.25, 0, scale: -1) == [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 11.5, 12.5, 13.5, 14.5, 10.5, 21.5, 22.5, 23.5, 24.5])
  }

  @Test("deformable samples lie at tap plus offset, y first, times the logistic function of the modulation")
  func deformableSample() throws {
    // One tap: the kernel is 1x1. Modulation 0 halves, log 3 gives three quarters.
    let input = map(2, 2, 2, [1, 10, 2, 20, 3, 30, 4, 40])
    let window = DeformableWindow(kernel: 1, padding: 0)
    let offsets: [Float] = [0, 0, 0, 0.5, 0, 0, 0, 0.5, Float(log(3.0)), 0.75, 0.25, 0]
    let found = try run(.deformableSample(window), input, map(2, 2, 3, offsets))
    #expect(isClose(found, [0.5, 5, 1.5, 15, 2.625, 26.25, 0.375, 3.75]))
  }

  @Test("taps are apart by the dilation, and all channels of a tap lie together")
  func deformableTaps() throws {
    let window = DeformableWindow(kernel: 2, stride: 1, padding: 1, dilation: 2)
    let input = map(3, 3, 1, [1, 2, 3, 4, 5, 6, 7, 8, 9])
    let found = try run(.deformableSample(window), input, map(3, 3, 12, [Float](repeating: 0, count: 108)))
    #expect(Array(found[0..<4]) == [0, 0, 0, 2.5])
    #expect(Array(found[16..<20]) == [0.5, 1.5, 3.5, 4.5])
    #expect(Array(found[32..<36]) == [2.5, 0, 0, 0])
  }

  @Test("a place at minus one or at the size is outside")
  func deformableEdges() throws {
    let input = map(1, 2, 1, [8, 4])
    func sampled(_ dy: Float, _ dx: Float) throws -> Float {
      try run(.deformableSample(DeformableWindow(kernel: 1, padding: 0)), input, map(1, 2, 3, [dy, dx, 0, dy, dx, 0]))[0]
    }
    #expect(try sampled(0, -1) == 0 && sampled(0, -0.75) == 1 && sampled(0, 1.75) == 0.5 && sampled(0, 2) == 0)
    #expect(try sampled(-0.5, 0) == 2 && sampled(1, 0) == 0 && sampled(.nan, 0) == 0)
  }

  @Test("regions gather means of the features by their logits")
  func gatherRegions() throws {
    let large: Float = 1000
    let found = try run(.gatherRegions, map(1, 3, 2, [1, 10, 2, 20, 6, 60]), map(1, 3, 2, [0, large, 0, 0, 0, large]))
    #expect(isClose(found, [3, 30, 3.5, 35]))
  }

  @Test("queries weigh values by scaled products with keys")
  func attend() throws {
    let keys = map(1, 2, 2, [1, 0, 0, 1])
    let values = map(1, 2, 3, [4, 8, 12, 0, 0, 4])
    let query = Float(log(3.0)) * 2
    let found = try run(.attend(scale: 0.5), map(2, 1, 2, [query, 0, 5, 5]), keys, values)
    #expect(isClose(found, [3, 6, 10, 2, 4, 8]))
  }
}
