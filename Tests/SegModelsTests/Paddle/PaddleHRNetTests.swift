import SegBase
import SegCheckpoint
import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegModels

struct PaddleHRNetTests {
  /// Multiply-adds of HRNetV2-W18 at 512x1024 are the PyTorch original's: the networks differ in padding alone.
  @Test("the work is that of the original") func theWorkIsThatOfTheOriginal() throws {
    let graph = try LoadedModel.random(architecture: .hrnet, dialect: "paddleseg", variant: "w18").graph(for: PixelSize(width: 1024, height: 512))
    #expect(abs(Double(graph.multiplyAccumulates) / 1e9 - 36.85) < 0.01)
  }

  @Test("a file with one block in its first stage is the small version")
  func theSmallVersionIsRecognised() throws {
    let full = try PaddleGolden.hrnet.checkpoint()
    var keys: [(name: String, shape: [Int])] = []
    let isDeeper = ["bb_layer2_2", "bb_layer2_3", "bb_layer2_4", "st3_2", "st3_3", "st3_4", "st4_2", "st4_3"]
    for name in full.tensors.names where !isDeeper.contains(where: { name.contains("_\($0)") || name.contains(".\($0).") }) {
      if name.contains("_branch_layer_"), ["_3.conv", "_4.conv"].contains(where: { name.contains($0) }) { continue }
      keys.append((name, full.tensors[name]?.shape ?? []))
    }
    let model = try LoadedModel(Checkpoint(container: .paddle, tensors: GoldenRule.checkpoint(keys)))
    #expect(model.report.isTrustworthy, "\(model.report)")
    let size = PixelSize(width: 72, height: 40)
    let expected = try referenceLogits(model, input: "small", size: size)
    #expect(shareOfRange(try engineLogits(model, input: "small", size: size), expected) < 1e-4)
  }

  @Test("the variant tells width and head", arguments: [("w18", "w18"), ("w48", "w48"), ("w18-ocr", "w18-ocr")])
  func theVariantIsNamed(variant: String, words: String) throws {
    let model = try LoadedModel.random(architecture: .hrnet, dialect: "paddleseg", variant: variant)
    #expect(model.network.variant(model.tensors) == words)
  }
}
