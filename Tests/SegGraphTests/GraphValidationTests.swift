import Testing

@testable import SegGraph

@Suite struct GraphValidationTests {
  private func sample() throws -> Graph {
    var builder = GraphBuilder()
    let input = builder.input(FeatureShape(height: 4, width: 4, channels: 2))
    let x = try builder.add(.activation(.relu), name: "one", inputs: [input])
    builder.output(try builder.add(.activation(.relu), name: "two", inputs: [x]), name: "x")
    return builder.build()
  }

  @Test func aBuiltGraphHasNoProblems() throws { #expect(try sample().problems() == []) }

  @Test func orderShapesAndNumbersAreChecked() throws {
    var swapped = try sample()
    swapped.nodes.swapAt(0, 1)
    #expect(!swapped.problems().isEmpty)
    var reshaped = try sample()
    reshaped.values[1].shape.channels = 3
    #expect(!reshaped.problems().isEmpty)
    var renumbered = try sample()
    renumbered.nodes[0].inputs = [ValueID(index: 9)]
    #expect(!renumbered.problems().isEmpty)
    var starved = try sample()
    starved.nodes[0].inputs = []
    #expect(!starved.problems().isEmpty)
    var missing = try sample()
    missing.nodes.removeLast()
    #expect(!missing.problems().isEmpty)
  }
}
