import SegBase
import SegTensor
import Testing

@testable import SegGraph

@Suite struct MapStatisticsTests {
  private static func graph() throws -> Graph {
    var builder = GraphBuilder()
    let vector = { (value: Float) in Tensor(shape: [2], floats: [value, value]) }
    var x = builder.input(FeatureShape(height: 3, width: 4, channels: 2))
    for name in ["a", "b"] {
      var normalization = BatchNormalization(scale: vector(2), shift: vector(1), mean: vector(0.5), variance: vector(4))
      normalization.epsilon = 0.25
      x = try builder.add(.batchNormalization(normalization), name: name, inputs: [x])
    }
    builder.output(x, name: "y")
    return builder.build()
  }

  @Test func onlyTheChosenNormalisationsChange() throws {
    let graph = try Self.graph().normalizingByOwnStatistics { $0.name == "a" }
    #expect(graph.problems().isEmpty)
    guard case .mapNormalization(let own) = graph.nodes[0].operation, case .batchNormalization = graph.nodes[1].operation else {
      Issue.record("the first node alone normalises by its own statistics")
      return
    }
    #expect(own.scale.floats() == [2, 2] && own.shift.floats() == [1, 1] && own.epsilon == 0.25)
  }

  @Test func itIsNotFoldedIntoAConvolutionBeforeIt() throws {
    var builder = GraphBuilder()
    let input = builder.input(FeatureShape(height: 3, width: 4, channels: 2))
    let weight = Tensor(shape: [2, 2, 1, 1], floats: [1, 2, 3, 4])
    let sum = try builder.add(.convolution(Convolution(weight: weight)), name: "c", inputs: [input])
    let vector = Tensor(shape: [2], floats: [1, 1])
    builder.output(
      try builder.add(.mapNormalization(MapNormalization(scale: vector, shift: vector, epsilon: 1e-5)), name: "n", inputs: [sum]), name: "y")
    #expect(builder.build().optimized().nodes.map(\.name) == ["c", "n"])
  }

  @Test func vectorsOfAnotherLengthAreRefused() {
    var builder = GraphBuilder()
    let input = builder.input(FeatureShape(height: 3, width: 4, channels: 3))
    let vector = Tensor(shape: [2], floats: [1, 1])
    let operation = Operation.mapNormalization(MapNormalization(scale: vector, shift: vector, epsilon: 1e-5))
    #expect(throws: InputError.self) { try builder.add(operation, name: "n", inputs: [input]) }
  }
}
