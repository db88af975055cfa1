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

  @Test("slices are scaled along any axis, twice too, and the elements are those of the products however they are read")
  func scaling() {
    let tensor = Tensor(shape: [2, 3, 2], floats: (1...12).map(Float.init))
    #expect(tensor.scaled(axis: 0, by: [1, 10]).floats() == [1, 2, 3, 4, 5, 6, 70, 80, 90, 100, 110, 120])
    let middle = tensor.scaled(axis: 1, by: [1, 2, 3])
    #expect(middle.floats() == [1, 2, 6, 8, 15, 18, 7, 8, 18, 20, 33, 36])
    #expect(middle.scaled(axis: 2, by: [0, -1]).reshaped(to: [4, 3]).floats() == [0, -2, 0, -8, 0, -18, 0, -8, 0, -20, 0, -36])
    #expect(middle.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) } == middle.floats())
    #expect(tensor.floats() == (1...12).map(Float.init))
    let half = Tensor(shape: [2], elementType: .float16) { $0.copyBytes(from: [0x00, 0x3C, 0x00, 0xC0]) }.scaled(axis: 0, by: [3, 5])
    #expect(half.elementType == .float32 && half.floats() == [3, -10])
    #expect(Tensor(shape: [2, 0], floats: []).scaled(axis: 0, by: [1, 2]).floats() == [])
  }

  @Test("what is made when it is needed is like what is in memory")
  func made() {
    let tensor = Tensor(shape: [2, 2]) { values in for index in 0..<4 { values[index] = Float(index) - 1 } }
    #expect(tensor.floats() == [-1, 0, 1, 2] && tensor.elementType == .float32)
    #expect(tensor.scaled(axis: 1, by: [2, 3]).floats() == [-2, 0, 2, 6])
    #expect(tensor.reshaped(to: [4]).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) } == [-1, 0, 1, 2])
    #expect(tensor.bytes(at: [3, 11]) == [0xBF, 0x3F])
  }

  @Test("numbers of any type are floats when they are asked for as such")
  func asFloats() {
    let tensor = tensor(.int16, [0xFF, 0xFF, 2, 0])
    #expect(tensor.asFloats.elementType == .float32 && tensor.asFloats.floats() == [-1, 2])
    #expect(tensor.asFloats.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) } == [-1, 2])
    #expect(tensor.asFloats.scaled(axis: 0, by: [2, 4]).floats() == [-2, 8])
    #expect(tensor.bytes(at: [0, 2]) == [0xFF, 2] && tensor.asFloats.bytes(at: [7, 3]) == [0x40, 0xBF])
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
