import SegBase
import SegCheckpoint
import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegModels

private func failure(_ checkpoint: Checkpoint) throws -> InputError { try #require(throws: InputError.self) { try LoadedModel(checkpoint) } }

/// What holds for every network from PyTorch: Fast-SCNN, ICNet and HRNet.
struct TorchNetworkTests {
  @Test("a few of the original's logits come out", arguments: TorchGolden.all)
  func samplesAgree(golden: TorchGolden) throws {
    let logits = try engineLogits(try LoadedModel(try golden.checkpoint()), input: golden.inputName, size: golden.size)
    #expect(logits.count == golden.outputShape.reduce(1, *))
    let taken = stride(from: 0, to: logits.count, by: golden.step).map { logits[$0] }
    #expect(shareOfRange(taken, golden.samples) < 1e-4)
  }

  @Test("every one of the original's logits comes out", .enabled(if: SharedData.exists("golden"), "needs ../shared/golden"), arguments: TorchGolden.all)
  func allLogitsAgree(golden: TorchGolden) throws {
    let expected = try NumpyFile.read(path: SharedData.path("golden/\(golden.inputName).npy"))
    #expect(expected.shape == golden.outputShape)
    let model = try LoadedModel(try KeyList.checkpoint(golden.keys), ModelRequest(architecture: golden.architecture.rawValue))
    #expect(model.report.isTrustworthy, "\(model.report)")
    #expect(shareOfRange(try engineLogits(model, input: golden.inputName, size: golden.size), expected.floats()) < 1e-4)
  }

  @Test("files are recognised under any prefix, with their class count and variant", arguments: TorchGolden.light, ["", "module.", "module.model."])
  func filesAreRecognised(golden: TorchGolden, prefix: String) throws {
    let tensors = try golden.random(classCount: 7).tensors.renamed { prefix + $0 }
    let recognition = try #require(Recognition(tensors))
    #expect(recognition.architecture == golden.architecture && recognition.network?.dialect == golden.dialect)
    #expect(recognition.classCount == 7 && recognition.prefix == prefix)
    let model = try LoadedModel(Checkpoint(container: .pytorchZip, tensors: tensors))
    #expect(model.variant ?? "" == golden.variant)
    #expect(model.report.isTrustworthy)
  }

  @Test(
    "every key list is recognised", .enabled(if: SharedData.exists(KeyList.folder), "needs ../shared/golden"),
    arguments: [
      ("keys_fastscnn", "tramac", ""), ("keys_fastscnn_aux", "tramac", ""), ("keys_icnet_pt", "liminn", "resnet50"),
      ("keys_icnet_caffe", "caffe", "resnet50-half"), ("keys_hrnet_w18", "torch", "w18"), ("keys_hrnet_w48", "torch", "w48"),
      ("keys_hrnet_w18_small_v1", "torch", "w18-small-v1"), ("keys_hrnet_w18_small_v2", "torch", "w18-small-v2"),
      ("keys_hrnet_ocr_w48", "torch-ocr", "w48-ocr"),
    ], ["", "module."])
  func listsAreRecognised(list: (keys: String, dialect: String, variant: String), prefix: String) throws {
    var tensors = NamedTensors()
    for key in try KeyList.read(list.keys) { tensors[prefix + key.name] = Tensor(shape: key.shape, elementType: .float16) { _ in } }
    let recognition = try #require(Recognition(tensors))
    #expect(recognition.network?.dialect == list.dialect && recognition.classCount == 19)
    let model = try LoadedModel(Checkpoint(container: .pytorchZip, tensors: tensors))
    #expect(model.variant ?? "" == list.variant)
    #expect(model.report.isTrustworthy, "\(model.report)")
  }

  @Test("a file that lacks a tensor is refused by its name", arguments: TorchGolden.light)
  func incompleteFilesAreRefused(golden: TorchGolden) throws {
    let whole = try golden.random().tensors
    // Tensors by which depth, width or classes are found among them; a signature's would make the file unknown.
    let signature = Set(try #require(Network.named(golden.architecture, dialect: golden.dialect)).signature)
    let others = whole.names.filter { !signature.contains($0) }
    for name in stride(from: 0, to: others.count, by: max(1, others.count / 12)).map({ others[$0] }) + [try #require(others.last)] {
      var tensors = whole
      tensors[name] = nil
      let problem = try failure(Checkpoint(container: .pytorchZip, tensors: tensors)).problem
      #expect(problem.hasPrefix("not a whole \(golden.architecture.title) checkpoint: ") && problem.contains("missing: \(name)"), "\(name): \(problem)")
    }
  }

  @Test("a file with a tensor of another shape is refused by its name", arguments: TorchGolden.light)
  func wrongShapesAreRefused(golden: TorchGolden) throws {
    let whole = try golden.random().tensors
    for name in stride(from: 1, to: whole.count, by: whole.count / 12).map({ whole.names[$0] }) {
      var tensors = whole
      let shape = try #require(whole[name]?.shape)
      tensors[name] = Tensor(shape: shape.count == 1 ? [shape[0] + 1] : [shape[0], shape[1] + 1] + shape[2...], elementType: .float32) { _ in }
      #expect(throws: InputError.self, "\(name)") { try LoadedModel(Checkpoint(container: .pytorchZip, tensors: tensors)) }
    }
  }

  @Test("every stage has a part, in order", arguments: TorchGolden.light)
  func graphsAreStaged(golden: TorchGolden) throws {
    let model = try golden.random(classCount: 5)
    let graph = try model.graph(for: PixelSize(width: 136, height: 104))
    #expect(stagesInOrder(graph) == [.shallow, .deep, .head])
    #expect(graph.outputs.map(\.name) == ["logits"])
    #expect(graph.shape(of: graph.outputs[0].value) == FeatureShape(height: 104 / golden.reduction, width: 136 / golden.reduction, channels: 5))
    if golden.reduction == 1 {
      guard case .resizeBilinear(_, _, alignCorners: true)? = graph.nodes.last?.operation else { throw InputError("the last node is no interpolation") }
    }
  }

  @Test("files whose filters were pruned at random load and run", arguments: [TorchGolden.fastSCNN, .hrnetSmallV1, .hrnetSmallV2], [1, 2])
  func prunedFilesRun(golden: TorchGolden, seed: UInt64) throws {
    let full = try golden.random()
    let keys = full.tensors.names.compactMap { name in full.tensors[name].map { (name: name, shape: $0.shape) } }
    let pruned = try PrunedShapes.prune(keys, of: full, seed: seed)
    let model = try LoadedModel(Checkpoint(container: .pytorchZip, tensors: GoldenRule.checkpoint(pruned)))
    #expect(model.report.isTrustworthy, "\(model.report)")
    #expect(Double(model.parameterCount) < 0.8 * Double(full.parameterCount))
    let size = PixelSize(width: 49, height: 65)
    let expected = try referenceLogits(model, input: "pruned", size: size)
    #expect(shareOfRange(try engineLogits(model, input: "pruned", size: size), expected) < 1e-4)
  }
}
