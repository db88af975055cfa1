import SegBase
import SegGraph
import Testing

@testable import SegModels

struct PaddleResNetTests {
  @Test("the variant is told by the third stage's blocks", arguments: [("resnet50", "resnet50", 6), ("resnet101", "resnet101", 23)])
  func depthsAreTold(variant: String, words: String, blocks: Int) throws {
    let model = try LoadedModel.random(architecture: .deeplabv3plus, variant: variant)
    #expect(model.network.variant(model.tensors) == words)
    let graph = try model.graph(for: PixelSize(width: 64, height: 64))
    #expect(graph.nodes.count { $0.name.hasPrefix("backbone.bb_2_") && $0.name.hasSuffix(".conv1._conv") } == blocks)
  }

  @Test("the deep stage's output has a stride of 8")
  func theStrideIsEight() throws {
    let graph = try LoadedModel.random(architecture: .pspnet).graph(for: PixelSize(width: 136, height: 72))
    let last = try #require(graph.nodes.last { $0.name.hasPrefix("backbone.bb_3_2") })
    #expect(graph.shape(of: last.outputs[0]) == FeatureShape(height: 9, width: 17, channels: 2048))
  }

  @Test("DeepLabv3+ dilates the last stage by a grid, PSPNet evenly", arguments: [(Architecture.deeplabv3plus, [4, 8, 16]), (.pspnet, [4, 4, 4])])
  func theLastStageIsDilated(architecture: Architecture, expected: [Int]) throws {
    let graph = try LoadedModel.random(architecture: architecture).graph(for: PixelSize(width: 64, height: 64))
    let dilations = graph.nodes.compactMap { node -> Int? in
      guard node.name.hasPrefix("backbone.bb_3_"), node.name.hasSuffix(".conv1._conv"), case .convolution(let convolution) = node.operation else { return nil }
      return convolution.dilation.vertical
    }
    #expect(dilations == expected)
  }
}
