import SegBase
import SegCheckpoint
import SegTensor
import SegTestSupport
import Testing

@testable import SegModels

private func failure(_ checkpoint: Checkpoint) throws -> InputError { try #require(throws: InputError.self) { try LoadedModel(checkpoint) } }

struct PaddleRecognitionTests {
  @Test("files are recognised, under any prefix and with PyTorch's names for statistics", arguments: PaddleGolden.all, ["", "module.", "model.net."])
  func filesAreRecognised(golden: PaddleGolden, prefix: String) throws {
    let random = try golden.random(classCount: 7)
    for tensors in [random.tensors, random.tensors.renamed(paddleName)] {
      let recognition = try #require(Recognition(tensors.renamed { prefix + $0 }))
      #expect(recognition.architecture == golden.architecture)
      #expect(recognition.network?.dialect == "paddleseg")
      #expect(recognition.classCount == 7)
      #expect(recognition.prefix == prefix)
    }
  }

  @Test("every key list is recognised", .enabled(if: SharedData.exists(KeyList.folder), "needs ../shared/golden"), arguments: PaddleGolden.all)
  func listsAreRecognised(golden: PaddleGolden) throws {
    let recognition = try #require(Recognition(try golden.fullCheckpoint().tensors))
    #expect(recognition.architecture == golden.architecture)
    #expect(recognition.network?.dialect == "paddleseg")
    #expect(recognition.classCount == 19)
  }

  @Test(
    "the small test weights have the keys and shapes of the original's files", .enabled(if: SharedData.exists(KeyList.folder), "needs ../shared/golden"),
    arguments: PaddleGolden.all)
  func testWeightsAreTheOriginals(golden: PaddleGolden) throws {
    let made = try golden.checkpoint().tensors
    let listed = try KeyList.read(golden.keys).filter { !$0.name.contains("auxlayer.") }
    #expect(Set(made.names) == Set(listed.map(\.name)))
    for key in listed { #expect(made[key.name]?.shape == key.shape, "\(key.name)") }
  }

  @Test("a file that lacks a tensor is refused by its name", arguments: PaddleGolden.all)
  func incompleteFilesAreRefused(golden: PaddleGolden) throws {
    var checkpoint = try golden.checkpoint()
    let name = try #require(checkpoint.tensors.names.last { $0.hasSuffix("._variance") })
    checkpoint.tensors[name] = nil
    let missing = name.dropLast("._variance".count) + ".running_var"
    #expect(try failure(checkpoint).problem == "not a whole \(golden.architecture.title) checkpoint: 1 missing: \(missing)")
  }

  @Test("a file with a tensor of another shape is refused", arguments: PaddleGolden.all)
  func wrongShapesAreRefused(golden: PaddleGolden) throws {
    var checkpoint = try golden.checkpoint()
    let name = try #require(checkpoint.tensors.names.last { $0.hasSuffix("._conv.weight") })
    checkpoint.tensors[name] = Tensor(shape: [4, 3, 2, 1], elementType: .float32) { _ in }
    #expect(try failure(checkpoint).problem.contains("\(name) is 4x3x2x1 instead of"))
  }

  @Test("a deep backbone that lacks a block is refused")
  func missingBlocksAreRefused() throws {
    var checkpoint = try PaddleGolden.pspNet.checkpoint(variant: "resnet101")
    for name in checkpoint.tensors.names where name.hasPrefix("backbone.bb_2_22.") { checkpoint.tensors[name] = nil }
    #expect(try failure(checkpoint).problem.contains("missing: backbone.bb_2_22.conv0._conv.weight"))
  }

  @Test("a file without its head tells no classes")
  func headlessFilesAreRefused() throws {
    var checkpoint = try PaddleGolden.hrnet.checkpoint()
    for name in checkpoint.tensors.names where name.hasPrefix("head.") { checkpoint.tensors[name] = nil }
    #expect(try failure(checkpoint).problem.contains("0 classes"))
  }

  @Test("a HRNet of the pyramid without its last module is refused")
  func missingModulesAreRefused() throws {
    var checkpoint = try PaddleGolden.hrnet.checkpoint()
    for name in checkpoint.tensors.names where name.hasPrefix("backbone.st4.stage_st4_3.") { checkpoint.tensors[name] = nil }
    #expect(try failure(checkpoint).problem.contains("missing: backbone.st4.stage_st4_3.branches_func"))
  }

  @Test("the family that was asked for must be the file's")
  func askedFamilyMustFit() throws {
    let checkpoint = try PaddleGolden.unet.checkpoint()
    let error = try #require(throws: InputError.self) { try LoadedModel(checkpoint, ModelRequest(architecture: "pspnet")) }
    #expect(error.problem == "looks like a U-Net checkpoint, not PSPNet")
  }
}
