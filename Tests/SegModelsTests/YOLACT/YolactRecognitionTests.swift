import SegBase
import SegCheckpoint
import SegModels
import SegTensor
import SegTestSupport
import Testing

private func failure(_ checkpoint: Checkpoint, _ request: ModelRequest = ModelRequest()) throws -> InputError {
  try #require(throws: InputError.self) { try LoadedModel(checkpoint, request) }
}

private func tensor(_ shape: [Int]) -> Tensor { Tensor(shape: shape, elementType: .float32) { _ in } }

struct YolactRecognitionTests {
  static let lists: [(String, String, Int, String, Int)] = [
    ("keys_y_yolact_base_config", "yolact", 81, "resnet101", 3), ("keys_y_yolact_resnet50_config", "yolact", 81, "resnet50", 3),
    ("keys_y_yolact_im700_config", "yolact", 81, "resnet101", 3), ("keys_y_yolact_darknet53_config", "yolact", 81, "darknet53", 3),
    ("keys_y_yolact_plus_base_config", "yolact-plus", 81, "resnet101", 9), ("keys_y_yolact_plus_resnet50_config", "yolact-plus", 81, "resnet50", 9),
    ("keys_yolact_edge_config", "yolact-edge", 81, "resnet101", 3), ("keys_yolact_edge_resnet50_config", "yolact-edge", 81, "resnet50", 3),
    ("keys_yolact_edge_mobilenetv2_config", "yolact-edge", 81, "mobilenetv2", 3), ("keys_yolact_edge_vid_config", "yolact-edge-video", 41, "resnet101", 3),
    ("keys_yolact_edge_vid_resnet50_config", "yolact-edge-video", 41, "resnet50", 3),
    ("keys_yolact_edge_vid_minimal_config", "yolact-edge-video", 41, "resnet101-minimal", 3),
  ]

  @Test(.enabled(if: SharedData.exists(KeyList.folder), "needs ../shared/golden"), arguments: lists)
  func everyListIsRecognised(list: String, dialect: String, classes: Int, variant: String, anchors: Int) throws {
    var tensors = NamedTensors()
    for key in try KeyList.read(list) { tensors[key.name] = tensor(key.shape) }
    let recognition = try #require(Recognition(tensors))
    #expect(recognition.architecture == (list.contains("edge") ? .yolactEdge : .yolact))
    #expect(recognition.network?.dialect == dialect)
    #expect(recognition.classCount == classes)
    let model = try LoadedModel(Checkpoint(container: .pytorchLegacy, tensors: tensors))
    #expect(model.report.isTrustworthy, "\(model.report)")
    #expect(model.variant == variant)
    #expect(
      model.instanceLayout
        == InstanceLayout(
          classCount: classes, anchorsPerPosition: anchors, coefficientCount: 32, anchorRule: anchors == 9 ? .scalesAndRatios : .squares,
          rescoresMasks: anchors == 9))
    #expect(
      model.preprocessing == (variant == "darknet53" ? .unit : Preprocessing(scale: 1, mean: [123.68, 116.78, 103.94], deviation: [58.40, 57.12, 57.38])))
  }

  @Test("copies and spare layers of the first release, and the auxiliary layer, do not matter")
  func unreadTensorsAreDropped() throws {
    var checkpoint = try NarrowYolact.checkpoint(.yolact, "yolact", "resnet50")
    let shape = [32, 32, 3, 3]
    for name in ["backbone.layer1.0.conv1.weight", "fpn.downsample_layers.2.weight", "fpn.downsample_layers.3.bias", "semantic_seg_conv.weight"] {
      checkpoint.tensors[name] = tensor(shape)
    }
    #expect(try LoadedModel(checkpoint).report.isTrustworthy)
    #expect(try LoadedModel(Checkpoint(container: .pytorchZip, tensors: checkpoint.tensors.renamed { "module." + $0 })).report.isTrustworthy)
    checkpoint.tensors["fpn.lat_layers.3.weight"] = tensor(shape)
    #expect(try LoadedModel(checkpoint).report.leftOver == ["fpn.lat_layers.3.weight"])
  }

  @Test("a plain YOLACT file may be asked for as YolactEdge, which runs it too, and no other way round")
  func plainFilesRunAsYolactEdge() throws {
    let plain = try NarrowYolact.checkpoint(.yolact, "yolact", "resnet50")
    #expect(try LoadedModel(plain, ModelRequest(architecture: "yolact-edge")).name == "YOLACT yolact")
    #expect(try failure(plain, ModelRequest(architecture: "hrnet")).problem == "looks like a YOLACT checkpoint, not HRNet")
    let edge = try NarrowYolact.checkpoint(.yolactEdge, "yolact-edge", "resnet50")
    #expect(try failure(edge, ModelRequest(architecture: "yolact")).problem == "looks like a YolactEdge checkpoint, not YOLACT")
  }

  @Test("a file that lacks any tensor is refused", arguments: YolactTests.families)
  func incompleteFilesAreRefused(architecture: Architecture, dialect: String, variant: String) throws {
    let checkpoint = try NarrowYolact.checkpoint(architecture, dialect, variant)
    for name in checkpoint.tensors.names {
      var damaged = checkpoint
      damaged.tensors[name] = nil
      #expect(throws: InputError.self, "\(name)") { try LoadedModel(damaged) }
    }
  }

  @Test func whatIsMissingIsNamed() throws {
    var checkpoint = try NarrowYolact.checkpoint(.yolactEdge, "yolact-edge-video", "resnet50")
    for name in ["backbone.layers.3.2.bn1.bias", "flow_net.pred2.scale.bias"] { checkpoint.tensors[name] = nil }
    #expect(try failure(checkpoint).problem == "not a whole YolactEdge checkpoint: 2 missing: backbone.layers.3.2.bn1.bias, flow_net.pred2.scale.bias")
  }

  @Test("layers of a head that do not agree about anchors are refused")
  func headsThatDoNotFitAreRefused() throws {
    var checkpoint = try NarrowYolact.checkpoint(.yolact, "yolact", "resnet50")
    checkpoint.tensors["prediction_layers.0.mask_layer.weight"] = tensor([13, 32, 3, 3])
    checkpoint.tensors["prediction_layers.0.mask_layer.bias"] = tensor([13])
    #expect(
      try failure(checkpoint).problem
        == "its layers do not fit together: prediction_layers.0.mask_layer: gives 13 values where 3 anchors of 4 are needed")
    checkpoint.tensors["prediction_layers.0.conf_layer.weight"] = tensor([16, 32, 3, 3])
    #expect(try failure(checkpoint).problem == "tells 0 classes apart, where 2 to 256 are possible")
  }

  @Test(arguments: [("yolact_base_54_800000.pth", 550), ("yolact_im700_54_800000.pth", 700), ("yolact_im400_54_800000.pth", 400)])
  func theFilesNameTellsTheSize(file: String, side: Int) throws {
    let checkpoint = try NarrowYolact.checkpoint(.yolact, "yolact", "resnet50")
    let native = PixelSize(width: side, height: side)
    let model = try LoadedModel(checkpoint, ModelRequest(weightsPath: "/a/\(file)"))
    for frame in [PixelSize(width: 1920, height: 1080), PixelSize(width: 320, height: 240)] { #expect(model.sizeRule.size(for: frame) == native) }
    let asked = PixelSize(width: 431, height: 297)
    #expect(try LoadedModel(checkpoint, ModelRequest(weightsPath: file, inputSize: asked)).sizeRule.size(for: native) == asked)
  }
}
