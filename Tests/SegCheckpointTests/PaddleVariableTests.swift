import SegBase
import SegTensor
import SegTestSupport
import Testing

@testable import SegCheckpoint

private typealias Assembler = PaddleAssembler

private func read(_ bytes: [UInt8]) throws(InputError) -> Tensor {
  try bytes.withUnsafeBufferPointer { (buffer) throws(InputError) in try PaddleVariable.parse(UnsafeRawBufferPointer(buffer)) }
}

private func looksLike(_ bytes: [UInt8]) -> Bool { bytes.withUnsafeBytes(PaddleVariable.looksLike) }

struct PaddleVariableTests {
  @Test("numbers, shape and type are read, whether sizes are packed or not", arguments: [false, true])
  func floats(isPacked: Bool) throws {
    let tensor = try read(Assembler.dump(Assembler.description([2, 3], isPacked: isPacked), floatBytes([1, 2, 3, 4, 5, 6])))
    #expect(tensor.shape == [2, 3])
    #expect(tensor.elementType == .float32)
    #expect(tensor.floats() == [1, 2, 3, 4, 5, 6])
  }

  @Test(
    "every type is read",
    arguments: [
      (0, ElementType.bool), (1, .int16), (2, .int32), (3, .int64), (4, .float16), (5, .float32), (6, .float64), (20, .uint8), (21, .int8), (22, .bfloat16),
    ])
  func types(number: Int, type: ElementType) throws {
    let tensor = try read(Assembler.dump(Assembler.description([2], type: number), [UInt8](repeating: 0, count: 2 * type.byteCount)))
    #expect(tensor.elementType == type)
    #expect(tensor.floats() == [0, 0])
  }

  @Test("levels of detail are passed over")
  func levels() throws {
    let bytes = Assembler.dump(Assembler.description([1]), floatBytes([7]), levels: [little(0, 8) + little(1, 8), []])
    #expect(try read(bytes).floats() == [7])
  }

  @Test("single numbers and empty tensors are read")
  func smallest() throws {
    #expect(try read(Assembler.variable([], [3])).floats() == [3])
    #expect(try read(Assembler.variable([0, 4], [])).shape == [0, 4])
  }

  @Test("a dump starts with its version, whole or cut short; texts, protocol buffers and empty files do not")
  func recognition() {
    for count in 1...16 { #expect(looksLike(Array(Assembler.variable([1], [1])[..<count]))) }
    for other in [[], [0x0A, 0, 0, 0], Array("README".utf8), [0, 0, 0, 0x20], [0, 1]] as [[UInt8]] { #expect(!looksLike(other)) }
  }

  @Test("a file cut at any byte is an error")
  func truncations() {
    let bytes = Assembler.dump(Assembler.description([2, 1]), floatBytes([1, 2]), levels: [little(5, 8)])
    for count in 0..<bytes.count { #expect(throws: InputError.self, "first \(count) bytes") { try read(Array(bytes[..<count])) } }
  }

  @Test("lengths that lie are errors")
  func lengths() {
    let start = little(0, 4) + little(0, 8) + little(0, 4)
    for length in [0, 3, 5, 4096, 4097, 0x7FFF_FFFF, 0xFFFF_FFFF] {
      #expect(throws: InputError.self, "\(length)") { try read(start + little(length, 4) + Assembler.description([1]) + floatBytes([1])) }
    }
    for levels in [1, 16, 17, 1 << 40, -1] {
      #expect(throws: InputError.self) { try read(little(0, 4) + little(levels, 8) + [UInt8](repeating: 0xFF, count: 64)) }
    }
    #expect(throws: InputError.self) { try read(little(0, 4) + little(16, 8) + [UInt8](repeating: 0, count: 16 * 8)) }
  }

  @Test("other versions are errors")
  func versions() {
    #expect(throws: InputError.self) { try read([1] + Assembler.variable([1], [1]).dropFirst()) }
    var bytes = Assembler.variable([1], [1])
    bytes[12] = 1
    #expect(throws: InputError.self) { try read(bytes) }
  }

  @Test(
    "shapes that the numbers do not fill are errors",
    arguments: [
      [3], [1], [0], [1 << 40], [1 << 31, 1 << 31], [1 << 62, 4], [-1], [-1, -2], [Int.min], [Int.max, 0], [Int](repeating: 1, count: 33),
      [Int](repeating: 1, count: 400),
    ])
  func shapes(shape: [Int]) {
    #expect(throws: InputError.self) { try read(Assembler.variable(shape, [1, 2])) }
    #expect(throws: InputError.self) { try read(Assembler.dump(Assembler.description(shape, isPacked: true), floatBytes([1, 2]))) }
  }

  @Test("types of no numbers, and none, are errors", arguments: [7, 17, 19, 23, -1, 1 << 40])
  func otherTypes(number: Int) {
    #expect(throws: InputError.self) { try read(Assembler.dump(Assembler.description([1], type: number), floatBytes([1]))) }
    #expect(throws: InputError.self) { try read(Assembler.dump(ProtobufAssembler.field(2, 1), floatBytes([1]))) }
  }

  @Test("dumps one after another are told from damage")
  func combined() throws {
    let variable = Assembler.variable([1], [1])
    #expect(try #require(throws: InputError.self) { try read(variable + variable) }.problem.contains("do not hold the names"))
    #expect(try #require(throws: InputError.self) { try read(variable + [1, 2, 3, 4]) }.problem.contains("asks for 4 bytes, but it holds 8"))
  }

  @Test("changed bytes never crash")
  func changes() {
    let bytes = Assembler.dump(Assembler.description([2, 1]), floatBytes([1, 2]), levels: [little(5, 8)])
    for seed in 0..<3000 {
      var random = RandomNumbers(seed: UInt64(seed))
      var changed = bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        changed[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      if let tensor = try? read(changed) { #expect(tensor.count <= 8, "seed \(seed)") }
    }
  }
}
