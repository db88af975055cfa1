import SegBase
import Testing

@testable import SegGraph

@Suite struct KeepOutputsTests {
  @Test func outputsThatAreNotKeptGoWithWhatOnlyTheyNeed() throws {
    var builder = GraphBuilder()
    let input = builder.input(FeatureShape(height: 2, width: 2, channels: 1))
    for name in ["a", "b"] { builder.output(try builder.add(.activation(.relu), name: name, inputs: [input]), name: name) }
    let kept = builder.build().keepingOutputs { $0 == "b" }
    #expect(kept.outputs.map(\.name) == ["b"])
    #expect(kept.nodes.count == 2)
    #expect(kept.removingDeadNodes().nodes.map(\.name) == ["b"])
  }
}
