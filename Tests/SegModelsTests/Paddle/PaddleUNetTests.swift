import SegBase
import SegCheckpoint
import SegTensor
import SegTestSupport
import Testing

@testable import SegModels

struct PaddleUNetTests {
  @Test("the last layer's second copy counts, as it does when the original loads it")
  func theSecondCopyCounts() throws {
    var both = try PaddleGolden.unet.checkpoint()
    let size = PixelSize(width: 48, height: 32)
    let expected = try engineLogits(try LoadedModel(both), input: "copies", size: size)
    both.tensors["cls.weight"] = Tensor(shape: [19, 64, 3, 3], elementType: .float32) { _ in }
    #expect(try engineLogits(try LoadedModel(both), input: "copies", size: size) == expected)
    #expect(try LoadedModel(both).report.isTrustworthy)
    both.tensors["conv.weight"] = Tensor(shape: [19, 64, 3, 3], elementType: .float32) { _ in }
    #expect(try engineLogits(try LoadedModel(both), input: "copies", size: size) != expected)
  }

  @Test("a file with one copy loads")
  func oneCopyIsEnough() throws {
    var one = try PaddleGolden.unet.checkpoint()
    for part in ["conv.weight", "conv.bias"] { one.tensors[part] = nil }
    #expect(try LoadedModel(one).report.isTrustworthy)
  }

  @Test("an input that is too small is refused")
  func tinyInputsAreRefused() throws {
    let model = try LoadedModel.random(architecture: .unet)
    _ = try model.graph(for: PixelSize(width: 16, height: 16))
    #expect(throws: InputError.self) { try model.graph(for: PixelSize(width: 16, height: 15)) }
  }
}
