import SegBase
import SegCheckpoint
import SegGraph
import SegModels
import SegRuntime
import SegTensor
import SegTestSupport
import Testing

struct ICNetTests {
  @Test("the work is that of the original, which runs two layers for nothing", arguments: [(1024, 2048, 294.5), (512, 1024, 73.6)])
  func theWorkIsThatOfTheOriginal(height: Int, width: Int, billions: Double) throws {
    let graph = try TorchGolden.icnet.random().graph(for: PixelSize(width: width, height: height))
    #expect(abs(Double(graph.multiplyAccumulates) / 1e9 / billions - 1) < 0.005)
    #expect(graph.removingDeadNodes().multiplyAccumulates < graph.multiplyAccumulates * 2 / 3)
  }

  @Test("the engine agrees with plain loops", arguments: [(40, 56, 1), (32, 32, 2)])
  func theEngineAgreesWithTheReference(height: Int, width: Int, threads: Int) throws {
    let (model, size) = (try LoadedModel(try TorchGolden.icnet.checkpoint()), PixelSize(width: width, height: height))
    let input = channelsLast(GoldenRule.input("icnet", shape: [3, height, width]).floats(), channels: 3)
    let outputs = ReferenceInterpreter(graph: try model.graph(for: size).removingDeadNodes()).run(inputs: [input])
    let expected = channelsFirst(try #require(outputs["logits"]), channels: 19)
    #expect(shareOfRange(try engineLogits(model, input: "icnet", size: size, threads: threads), expected) < 1e-4)
  }

  @Test("deeper backbones are told by their blocks", arguments: ["resnet101", "resnet152"])
  func deeperBackbones(variant: String) throws {
    let random = try LoadedModel.random(architecture: .icnet, variant: variant)
    #expect(random.dialect == "liminn")
    let model = try LoadedModel(Checkpoint(container: .pytorchZip, tensors: random.tensors))
    #expect(model.variant == variant && model.report.isTrustworthy)
  }

  @Test("what only training needs is passed over") func trainingHeadsArePassedOver() throws {
    var checkpoint = try TorchGolden.icnet.checkpoint()
    for name in ["pretrained.fc.weight", "pretrained.fc.bias", "head.cff_12.conv_low_cls.weight", "head.cff_24.conv_low_cls.weight"] {
      #expect(checkpoint.tensors[name] == nil)
      checkpoint.tensors[name] = Tensor(shape: [2, 2], elementType: .float32) { _ in }
    }
    #expect(try LoadedModel(checkpoint).report.isTrustworthy)
  }

  @Test("files hold as many parameters as the original's", .enabled(if: SharedData.exists(KeyList.folder), "needs ../shared/golden"))
  func parametersAreCounted() throws {
    #expect(InspectionReport(try KeyList.checkpoint("keys_icnet_pt")).summary.contains("parameters: 28298376"))
  }

  @Test("sizes are multiples of 8") func sizes() throws {
    let model = try TorchGolden.icnet.random()
    for (height, width) in [(40, 72), (104, 136)] {
      let graph = try model.graph(for: PixelSize(width: width, height: height))
      #expect(graph.shape(of: graph.outputs[0].value) == FeatureShape(height: height, width: width, channels: 19))
    }
    #expect(throws: InputError.self) { try model.graph(for: PixelSize(width: 100, height: 64)) }
    #expect(model.sizeRule.size(for: PixelSize(width: 1920, height: 1080)) == PixelSize(width: 1920, height: 1080))
    #expect(model.sizeRule.size(for: PixelSize(width: 637, height: 363)) == PixelSize(width: 640, height: 360))
  }
}
