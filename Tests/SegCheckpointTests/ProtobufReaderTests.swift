import SegBase
import Testing

@testable import SegCheckpoint

/// The fields as text: "number:value".
private func fields(_ bytes: [UInt8]) throws(InputError) -> [String] {
  try bytes.withUnsafeBufferPointer { (buffer) throws(InputError) in
    var reader = ProtobufReader(UnsafeRawBufferPointer(buffer))
    var result: [String] = []
    while let field = try reader.next() {
      switch field.value {
      case .varint(let value): result.append("\(field.number):\(value)")
      case .fixed(let value), .bytes(let value): result.append("\(field.number):\(Array(value))")
      }
    }
    return result
  }
}

private func integers(_ bytes: [UInt8], limit: Int) throws(InputError) -> [Int] {
  try bytes.withUnsafeBufferPointer { (buffer) throws(InputError) in
    var reader = ProtobufReader(UnsafeRawBufferPointer(buffer))
    var result: [Int] = []
    while let field = try reader.next() { try field.value.appendIntegers(to: &result, limit: limit) }
    return result
  }
}

struct ProtobufReaderTests {
  private typealias Assembler = ProtobufAssembler

  @Test("every kind of field is read")
  func kinds() throws {
    let bytes =
      Assembler.field(1, 300) + Assembler.tag(2, kind: 1) + little(7, 8) + Assembler.field(3, "ab") + Assembler.tag(536_870_911, kind: 5) + little(9, 4)
    #expect(try fields(bytes) == ["1:300", "2:[7, 0, 0, 0, 0, 0, 0, 0]", "3:[97, 98]", "536870911:[9, 0, 0, 0]"])
  }

  @Test("numbers have up to 64 bits", arguments: [0, 1, 127, 128, 16383, 16384, Int.max, -1, Int.min])
  func numbers(value: Int) throws { #expect(try fields(Assembler.field(5, value)) == ["5:\(UInt64(bitPattern: Int64(value)))"]) }

  @Test("a number of more than 64 bits is an error")
  func longNumbers() throws {
    #expect(throws: InputError.self) { try fields([8] + [UInt8](repeating: 0xFF, count: 9) + [2]) }
    #expect(throws: InputError.self) { try fields([8] + [UInt8](repeating: 0x80, count: 100_000)) }
  }

  @Test("groups and unknown kinds are errors", arguments: [3, 4, 6, 7])
  func otherKinds(kind: Int) { #expect(throws: InputError.self) { try fields(Assembler.tag(1, kind: kind) + [0, 0, 0, 0, 0, 0, 0, 0]) } }

  @Test("field numbers are 1 to 2^29 - 1", arguments: [0, 1 << 29, 1 << 40])
  func fieldNumbers(number: Int) { #expect(throws: InputError.self) { try fields(Assembler.tag(number, kind: 0) + [0]) } }

  @Test("a length past the end is an error that says both", arguments: [3, 1 << 35, Int.max, -1])
  func lengths(length: Int) throws {
    let error = try #require(throws: InputError.self) { try fields(Assembler.tag(1, kind: 2) + Assembler.varint(length) + [1, 2]) }
    #expect(error.problem.contains("\(UInt64(bitPattern: Int64(length))) bytes long where 2 are left"))
  }

  @Test("a message that ends inside a field is an error")
  func truncations() throws {
    let parts = [Assembler.field(1, 300), Assembler.tag(2, kind: 1) + little(7, 8), Assembler.field(300, "ab"), Assembler.tag(4, kind: 5) + little(9, 4)]
    for part in parts { for count in 1..<part.count { #expect(throws: InputError.self) { try fields(Array(part[..<count])) } } }
  }

  @Test("repeated whole numbers are read packed, one by one and mixed")
  func repeatedNumbers() throws {
    #expect(try integers(Assembler.field(1, [1, 2]) + Assembler.field(1, 3) + Assembler.field(1, Assembler.varint(-4)), limit: 4) == [1, 2, 3, -4])
    #expect(throws: InputError.self) { try integers(Assembler.field(1, [0x80]), limit: 4) }
    #expect(throws: InputError.self) { try integers(Assembler.tag(1, kind: 5) + [1, 2, 3, 4], limit: 4) }
  }

  @Test("a list ends at its limit, however long the file says it is")
  func longLists() throws {
    #expect(throws: InputError.self) { try integers(Assembler.field(1, [1, 2, 3]), limit: 2) }
    #expect(throws: InputError.self) { try integers(Assembler.field(1, [UInt8](repeating: 1, count: 1 << 20)), limit: 32) }
    #expect(throws: InputError.self) { try integers((0..<3).flatMap { Assembler.field(1, $0) }, limit: 2) }
  }
}
