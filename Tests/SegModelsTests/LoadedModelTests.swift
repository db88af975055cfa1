import Foundation
import SegBase
import SegCheckpoint
import SegGraph
import SegModels
import SegTensor
import SegTestSupport
import Testing

private func without(_ checkpoint: Checkpoint, _ names: [String]) -> Checkpoint {
  var result = checkpoint
  for name in names { result.tensors[name] = nil }
  return result
}

private func failure(_ checkpoint: Checkpoint, _ request: ModelRequest = ModelRequest()) throws -> InputError {
  try #require(throws: InputError.self) { try LoadedModel(checkpoint, request) }
}

struct LoadedModelTests {
  @Test func theReportCountsWhatIsUsedAndLeftOver() throws {
    var checkpoint = try randomCheckpoint("davidtvs", classCount: 12)
    let count = checkpoint.tensors.count
    checkpoint.tensors["loss.criterion.weight"] = Tensor(shape: [12], floats: [Float](repeating: 1, count: 12))
    checkpoint.tensors["initial_block.batch_norm.num_batches_tracked"] = Tensor(shape: [], floats: [1])
    let report = try LoadedModel(checkpoint).report
    #expect(report.used == count)
    #expect(report.leftOver == ["loss.criterion.weight"])
    #expect(report.isComplete && !report.isTrustworthy)
  }

  @Test func missingTensorsRefuseTheLoad() throws {
    let names = ["regular2_1.ext_conv2.1.running_var", "transposed_conv.extra", "dilated3_7.out_activation.weight"]
    let error = try failure(without(try randomCheckpoint("davidtvs", classCount: 12), names))
    #expect(error.problem == "not a whole ENet checkpoint: 2 missing: regular2_1.ext_conv2.1.running_var, dilated3_7.out_activation.weight")
  }

  @Test func tensorsOfTheWrongShapeRefuseTheLoad() throws {
    var checkpoint = try randomCheckpoint("zh320", classCount: 19)
    checkpoint.tensors["bottleneck1.conv_pool.left_conv.1.bias"] = Tensor(shape: [3], floats: [1, 2, 3])
    #expect(try failure(checkpoint).problem.contains("bottleneck1.conv_pool.left_conv.1.bias is 3 instead of 64"))
  }

  @Test func anotherNetworksTensorsAreRefused() throws {
    var tensors = NamedTensors()
    tensors["weight"] = Tensor(shape: [1], floats: [1])
    let checkpoint = Checkpoint(container: .safetensors, tensors: tensors)
    #expect(try failure(checkpoint).problem.contains("not a checkpoint of a known network"))
    #expect(try failure(checkpoint, ModelRequest(architecture: "enet")).problem.contains("not an ENet checkpoint"))
    for name in ["proto_net.0.weight", "prediction_layers.0.bbox_layer.weight"] { tensors[name] = Tensor(shape: [1], floats: [1]) }
    #expect(try failure(Checkpoint(container: .safetensors, tensors: tensors)).problem == "looks like a YOLACT checkpoint, which this version cannot run")
  }

  @Test func theAskedFamilyMustBeTheFiles() throws {
    let checkpoint = try randomCheckpoint("davidtvs", classCount: 12)
    #expect(try failure(checkpoint, ModelRequest(architecture: "hrnet")).problem == "looks like an ENet checkpoint, not HRNet")
    #expect(try failure(checkpoint, ModelRequest(architecture: "resnet")).subject == "resnet")
  }

  @Test func classesComeFromTheRequestTheMetadataOrTheCount() throws {
    let checkpoint = try randomCheckpoint("davidtvs", classCount: 20, metadata: ["classes": "cityscapes20"])
    #expect(try LoadedModel(checkpoint).classes == ClassCatalogue.cityscapes20)
    #expect(try LoadedModel(try randomCheckpoint("davidtvs", classCount: 12)).classes == ClassCatalogue.camvid12)
    #expect(try LoadedModel(try randomCheckpoint("davidtvs", classCount: 5)).classes.names == ["class 0", "class 1", "class 2", "class 3", "class 4"])
    let error = try failure(checkpoint, ModelRequest(classes: "cityscapes19"))
    #expect(error.description == "cityscapes19: has 19 classes, but the network tells 20 apart (give a file with one class a line)")
    #expect(try failure(checkpoint, ModelRequest(classes: "nothing")).problem.contains("neither a class list nor a file"))
  }

  @Test func metadataSetsInputAndPreprocessing() throws {
    let model = try LoadedModel(try randomCheckpoint("davidtvs", classCount: 19, metadata: ["input": "360x480", "preprocessing": "imagenet"]))
    #expect(model.sizeRule.native == PixelSize(width: 480, height: 360))
    #expect(model.preprocessing == .imageNet)
    #expect(try failure(try randomCheckpoint("davidtvs", classCount: 19, metadata: ["preprocessing": "magic"])).problem.contains("magic"))
  }

  @Test func halfPrecisionWeightsLoad() throws {
    var checkpoint = try randomCheckpoint("davidtvs", classCount: 12)
    checkpoint.tensors["transposed_conv.weight"] = Tensor(shape: [16, 12, 3, 3], elementType: .float16) { _ in }
    #expect(try LoadedModel(checkpoint).report.isTrustworthy)
  }

  @Test func prunedWidthsComeFromTheFile() throws {
    var checkpoint = try randomCheckpoint("davidtvs", classCount: 12)
    for (name, shape) in [
      ("regular2_1.ext_conv1.0.weight", [20, 128, 1, 1]), ("regular2_1.ext_conv2.0.weight", [17, 20, 3, 3]),
      ("regular2_1.ext_conv3.0.weight", [128, 17, 1, 1]),
    ] {
      checkpoint.tensors[name] = Tensor(shape: shape, elementType: .float32) { _ in }
    }
    for (name, width) in [("regular2_1.ext_conv1.1", 20), ("regular2_1.ext_conv2.1", 17)] {
      for part in ["weight", "bias", "running_mean", "running_var"] {
        checkpoint.tensors["\(name).\(part)"] = Tensor(shape: [width], floats: [Float](repeating: 1, count: width))
      }
    }
    #expect(try LoadedModel(checkpoint).report.isTrustworthy)
  }

  @Test func graphsGiveAsManyClassesAndTheInputsSize() throws {
    for dialect in ["davidtvs", "davidtvs-2018", "zh320", "paddleseg"] {
      let model = try LoadedModel.random(architecture: .enet, dialect: dialect, classCount: 19)
      let graph = try model.graph(for: PixelSize(width: 96, height: 64))
      let output = try #require(graph.outputs.first)
      #expect(output.name == "logits")
      #expect(graph.shape(of: output.value) == FeatureShape(height: 64, width: 96, channels: 19), "\(dialect)")
      #expect(Set(graph.nodes.map(\.stage)) == Set(Stage.allCases))
    }
  }

  @Test func theCurrentDialectTakesAnySize() throws {
    let model = try LoadedModel.random(architecture: .enet, classCount: 12)
    for (height, width) in [(91, 133), (33, 47), (90, 66), (97, 128)] {
      let graph = try model.graph(for: PixelSize(width: width, height: height))
      #expect(try graph.shape(of: #require(graph.outputs.first).value) == FeatureShape(height: height, width: width, channels: 12))
    }
  }

  @Test(arguments: [(12, 360, 480, 1.287), (12, 360, 640, 1.716), (20, 512, 1024, 4.056), (20, 720, 1280, 7.130)])
  func theWorkIsThatOfTheOriginal(classes: Int, height: Int, width: Int, billions: Double) throws {
    let graph = try LoadedModel.random(architecture: .enet, classCount: classes).graph(for: PixelSize(width: width, height: height))
    #expect(abs(Double(graph.multiplyAccumulates) / 1e9 - billions) < 0.001)
  }

  @Test func sizesThatDoNotSuitAreErrors() throws {
    let model = try LoadedModel.random(architecture: .enet, dialect: "zh320", classCount: 19)
    let error = try #require(throws: InputError.self) { try model.graph(for: PixelSize(width: 100, height: 64)) }
    #expect(error.description == "an input of 100x64 does not suit ENet zh320 (use multiples of 8)")
  }

  @Test func dialectsThatCannotRunSaySo() throws {
    let error = try #require(throws: InputError.self) { try LoadedModel.random(architecture: .enet, dialect: "other") }
    #expect(error.problem == "this version cannot run ENet of dialect other")
  }

  @Test(.enabled(if: SharedData.exists(KeyList.folder), "needs ../shared/golden"))
  func parametersAreCountedAsPapersDo() throws {
    #expect(try LoadedModel(try KeyList.checkpoint("keys_enet_camvid12")).parameterCount == 350_652)
    #expect(try LoadedModel(try KeyList.checkpoint("keys_enet_city20")).parameterCount == 351_804)
  }

  @Test(
    .enabled(if: SharedData.exists("data/weights"), "needs ../shared/data"),
    arguments: [
      ("enet-camvid/ENet_default.pth", "davidtvs-2018", "camvid12", PixelSize(width: 480, height: 360)),
      ("enet-cityscapes-zh320/enet_crop-1024_800epoch.pth", "zh320", "cityscapes19", PixelSize(width: 1024, height: 512)),
    ])
  func realCheckpointsAreTrustworthy(file: String, dialect: String, classes: String, size: PixelSize) throws {
    let model = try LoadedModel.load(ModelRequest(weightsPath: SharedData.path("data/weights/\(file)"), architecture: "enet"))
    #expect(model.dialect == dialect)
    #expect(model.classes.name == classes)
    #expect(model.report.isTrustworthy, "\(model.report)")
    #expect(model.sizeRule.size(for: size) == size)
  }
}
