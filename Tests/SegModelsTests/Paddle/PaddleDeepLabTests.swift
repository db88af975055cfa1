import SegBase
import SegCheckpoint
import SegGraph
import Testing

@testable import SegModels

@Suite struct PaddleDeepLabTests {
  private static func checkpoint() throws -> Checkpoint {
    Checkpoint(container: .paddle, tensors: try NetworkChoice(named: "deeplabv3plus").random().tensors)
  }

  private static func dilations(_ model: LoadedModel) throws -> Set<Int> {
    let graph = try model.graph(for: PixelSize(width: 128, height: 64))
    return Set(
      graph.nodes.compactMap { (node: Node) -> Int? in
        guard case .convolution(let convolution) = node.operation, node.name.hasPrefix("head.aspp.aspp_blocks"), convolution.groups > 1 else { return nil }
        return convolution.dilation.vertical
      })
  }

  @Test("what a file does not tell is said, and can be asked for")
  func theDialectDecidesAboutDilations() throws {
    let plain = try LoadedModel(try Self.checkpoint(), ModelRequest(architecture: "deeplabv3plus"))
    #expect(plain.caution?.contains("deeplabv3plus:paddleseg-published") == true)
    #expect(try Self.dilations(plain) == [6, 12, 18])
    let published = try LoadedModel(try Self.checkpoint(), ModelRequest(architecture: "deeplabv3plus:paddleseg-published"))
    #expect(published.caution == nil && published.dialect == "paddleseg-published")
    #expect(try Self.dilations(published) == [12, 24, 36])
    #expect(try LoadedModel(try Self.checkpoint(), ModelRequest(architecture: "deeplabv3plus:paddleseg")).caution == nil)
  }

  @Test("dialects that are not there are refused", arguments: ["deeplabv3plus:torch", "deeplabv3plus:", "deeplabv3plus:paddleseg:x", ":paddleseg"])
  func unknownDialectsAreRefused(name: String) throws {
    #expect(throws: InputError.self) { try LoadedModel(try Self.checkpoint(), ModelRequest(architecture: name)) }
  }
}
