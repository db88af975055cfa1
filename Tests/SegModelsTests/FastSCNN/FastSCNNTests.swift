import SegBase
import SegCheckpoint
import SegGraph
import SegModels
import SegTensor
import SegTestSupport
import Testing

struct FastSCNNTests {
  @Test("the work is that of the original", arguments: [(1024, 2048, 6.708), (512, 1024, 1.677), (480, 640, 0.983)])
  func theWorkIsThatOfTheOriginal(height: Int, width: Int, billions: Double) throws {
    let graph = try TorchGolden.fastSCNN.random().graph(for: PixelSize(width: width, height: height))
    #expect(abs(Double(graph.multiplyAccumulates) / 1e9 / billions - 1) < 0.005)
  }

  @Test("frames of any size have logits of their size", arguments: [(360, 640), (1080, 1920), (91, 133), (64, 64), (37, 33)])
  func anySizeWorks(height: Int, width: Int) throws {
    let graph = try TorchGolden.fastSCNN.random(classCount: 4).graph(for: PixelSize(width: width, height: height))
    #expect(graph.shape(of: graph.outputs[0].value) == FeatureShape(height: height, width: width, channels: 4))
  }

  @Test("the engine agrees with plain loops", arguments: [(64, 96, 1), (91, 133, 2), (37, 33, 1)])
  func theEngineAgreesWithTheReference(height: Int, width: Int, threads: Int) throws {
    let (model, size) = (try LoadedModel(try TorchGolden.fastSCNN.checkpoint()), PixelSize(width: width, height: height))
    let expected = try referenceLogits(model, input: "fast", size: size)
    #expect(shareOfRange(try engineLogits(model, input: "fast", size: size, threads: threads), expected) < 1e-4)
  }

  @Test("an auxiliary head is passed over") func theAuxiliaryHeadIsPassedOver() throws {
    var checkpoint = try TorchGolden.fastSCNN.checkpoint()
    for (name, shape) in [
      ("auxlayer.0.weight", [32, 64, 3, 3]), ("auxlayer.1.running_mean", [32]), ("auxlayer.4.weight", [19, 32, 1, 1]), ("auxlayer.4.bias", [19]),
    ] {
      checkpoint.tensors[name] = Tensor(shape: shape, elementType: .float32) { _ in }
    }
    let model = try LoadedModel(checkpoint)
    #expect(model.report.isTrustworthy && model.parameterCount == 1_138_051)
  }

  @Test("files hold as many parameters as the original's", .enabled(if: SharedData.exists(KeyList.folder), "needs ../shared/golden"))
  func parametersAreCounted() throws {
    #expect(InspectionReport(try KeyList.checkpoint("keys_fastscnn")).summary.contains("parameters: 1138051"))
    #expect(InspectionReport(try KeyList.checkpoint("keys_fastscnn_aux")).summary.contains("parameters: 1157174"))
  }

  @Test("a head without its bias is refused") func aMissingBiasIsRefused() throws {
    for name in ["classifier.conv.1.bias", "feature_fusion.conv_lower_res.0.bias"] {
      var checkpoint = try TorchGolden.fastSCNN.checkpoint()
      checkpoint.tensors[name] = nil
      let error = try #require(throws: InputError.self) { try LoadedModel(checkpoint) }
      #expect(error.problem == "not a whole Fast-SCNN checkpoint: 1 missing: \(name)")
    }
  }
}
