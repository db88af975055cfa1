import SegTensor
import SegTestSupport
import Testing

private func tensor(_ type: ElementType, _ bytes: [UInt8]) -> Tensor {
  Tensor(shape: [bytes.count / type.byteCount], elementType: type) { $0.copyBytes(from: bytes) }
}

struct TensorTests {
  @Test func floatsComeBackInOrder() {
    let tensor = Tensor(shape: [2, 3], floats: [1, 2, 3, 4, 5, 6])
    #expect(tensor.count == 6)
    #expect(tensor.elementType == .float32)
    #expect(tensor.floats() == [1, 2, 3, 4, 5, 6])
  }

  @Test func anEmptyShapeIsOneNumber() {
    #expect(Tensor(shape: [], floats: [7]).count == 1)
    #expect(Tensor(shape: [3, 0], floats: []).floats() == [])
  }

  @Test func aNewTensorIsZero() { #expect(Tensor(shape: [5], elementType: .float64) { _ in }.floats() == [0, 0, 0, 0, 0]) }

  @Test func reshapingSharesTheElements() {
    let tensor = Tensor(shape: [2, 3], floats: [1, 2, 3, 4, 5, 6])
    let flat = tensor.reshaped(to: [6])
    #expect(flat.shape == [6])
    #expect(flat.withUnsafeBytes { $0.baseAddress } == tensor.withUnsafeBytes { $0.baseAddress })
  }

  @Test func theBytesAreAligned() {
    for count in [1, 3, 17] {
      #expect(Tensor(shape: [count], floats: [Float](repeating: 1, count: count)).withUnsafeBytes { Int(bitPattern: $0.baseAddress) % 64 } == 0)
    }
  }

  @Test func everyTypeBecomesFloats() {
    #expect(tensor(.float64, [0, 0, 0, 0, 0, 0, 0xF8, 0xBF]).floats() == [-1.5])
    #expect(tensor(.float16, [0x00, 0x3C, 0x00, 0xC0, 0x01, 0x00, 0xFF, 0x7B]).floats() == [1, -2, 0x1p-24, 65504])
    #expect(tensor(.bfloat16, [0x80, 0x3F, 0x20, 0xC1]).floats() == [1, -10])
    #expect(tensor(.int64, [0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]).floats() == [-2])
    #expect(tensor(.int32, [0, 0, 1, 0]).floats() == [65536])
    #expect(tensor(.int16, [0xFF, 0xFF]).floats() == [-1])
    #expect(tensor(.int8, [0x80, 0x7F]).floats() == [-128, 127])
    #expect(tensor(.uint8, [0xFF]).floats() == [255])
    #expect(tensor(.bool, [0, 1]).floats() == [0, 1])
  }

  @Test func halvesThatAreNotFinite() {
    let values = tensor(.float16, [0x00, 0x7C, 0x00, 0xFC, 0x01, 0x7C]).floats()
    #expect(values[0] == .infinity && values[1] == -.infinity && values[2].isNaN)
  }

  @Test func aFailureWhileFillingIsPassedOn() {
    struct Failure: Error {}
    #expect(throws: Failure.self) {
      _ = try Tensor(shape: [2], elementType: .float32) { (_) throws(Failure) in throw Failure() }
    }
  }
}
