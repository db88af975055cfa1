import SegBase
import SegCheckpoint
import SegModels
import SegTensor
import SegTestSupport
import Testing

private func prefixed(_ tensors: NamedTensors, _ prefix: String) -> NamedTensors { tensors.renamed { prefix + $0 } }

struct RecognitionTests {
  @Test(arguments: ["davidtvs", "davidtvs-2018", "zh320"], ["", "module.", "module.module.", "model.net."])
  func dialectsAreRecognisedUnderAnyPrefix(dialect: String, prefix: String) throws {
    let recognition = try #require(Recognition(prefixed(try randomCheckpoint(dialect, classCount: 7).tensors, prefix)))
    #expect(recognition.architecture == .enet)
    #expect(recognition.network?.dialect == dialect)
    #expect(recognition.classCount == 7)
    #expect(recognition.prefix == prefix)
  }

  @Test func otherTensorsAreNotRecognised() {
    var tensors = NamedTensors()
    tensors["weight"] = Tensor(shape: [2], floats: [1, 2])
    #expect(Recognition(tensors) == nil)
    #expect(Recognition(NamedTensors()) == nil)
  }

  @Test(
    .enabled(if: SharedData.exists(KeyList.folder), "needs ../shared/golden"),
    arguments: [
      ("keys_enet_camvid12", "davidtvs", 12), ("keys_enet_city20", "davidtvs", 20), ("keys_enet_zh320", "zh320", 19), ("keys_paddle_enet_19", "paddleseg", 19),
    ])
  func everyENetListIsRecognised(list: String, dialect: String, classes: Int) throws {
    let checkpoint = try KeyList.checkpoint(list)
    let recognition = try #require(Recognition(checkpoint.tensors))
    #expect(recognition.network?.dialect == dialect)
    #expect(recognition.classCount == classes)
    #expect(try LoadedModel(checkpoint).report.isTrustworthy)
  }

  @Test(
    .enabled(if: SharedData.exists(KeyList.folder), "needs ../shared/golden"),
    arguments: [
      ("keys_fastscnn", Architecture.fastSCNN), ("keys_fastscnn_aux", .fastSCNN), ("keys_icnet_pt", .icnet), ("keys_icnet_caffe", .icnet),
      ("keys_hrnet_w18", .hrnet), ("keys_hrnet_w18_small_v1", .hrnet), ("keys_hrnet_w18_small_v2", .hrnet), ("keys_hrnet_w48", .hrnet),
      ("keys_hrnet_ocr_w48", .hrnet), ("keys_y_yolact_base_config", .yolact), ("keys_yolact_edge_config", .yolactEdge),
    ])
  func everyListHasItsNetwork(list: String, architecture: Architecture) throws {
    var tensors = NamedTensors()
    for key in try KeyList.read(list) { tensors[key.name] = Tensor(shape: [0], floats: []) }
    let recognition = try #require(Recognition(tensors))
    #expect(recognition.architecture == architecture)
    #expect(recognition.network?.architecture == architecture)
  }

  @Test(
    "a file that lacks what tells its dialect is of its family all the same", .enabled(if: SharedData.exists(KeyList.folder), "needs ../shared/golden"),
    arguments: [
      ("keys_fastscnn", "classifier.conv.1.weight", Architecture.fastSCNN), ("keys_icnet_pt", "head.conv_cls.weight", .icnet),
      ("keys_icnet_caffe", "conv3_1_sub2_proj.0", .icnet), ("keys_hrnet_w18", "last_layer.3.weight", .hrnet), ("keys_hrnet_ocr_w48", "cls_head.weight", .hrnet),
    ])
  func incompleteFamiliesAreNamed(list: String, missing: String, architecture: Architecture) throws {
    var tensors = NamedTensors()
    for key in try KeyList.read(list) where key.name != missing { tensors[key.name] = Tensor(shape: [0], floats: []) }
    let recognition = try #require(Recognition(tensors))
    #expect(recognition.architecture == architecture)
    #expect(recognition.network == nil && !recognition.isClassifier)
  }

  @Test("a family is named though no network of it has just these keys")
  func unknownVariantsAreNamed() throws {
    var tensors = NamedTensors()
    for key in ["proto_net.0.weight", "prediction_layers.0.conf_layer.weight"] { tensors[key] = Tensor(shape: [0], floats: []) }
    let recognition = try #require(Recognition(tensors))
    #expect(recognition.architecture == .yolact)
    #expect(recognition.network == nil)
  }
}
