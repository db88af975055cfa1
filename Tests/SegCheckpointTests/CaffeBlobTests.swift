import SegBase
import SegCheckpoint
import SegTensor
import Testing

private typealias Assembler = ProtobufAssembler

/// The only blob of a net.
private func read(_ blob: [UInt8]) throws(InputError) -> Tensor? { try parse(Assembler.layer("a", [blob])).tensors["a.0"] }

private func shape(_ dimensions: [Int]) -> [UInt8] { Assembler.field(7, Assembler.field(1, dimensions.flatMap(Assembler.varint))) }

private func problem(ofBlob blob: [UInt8]) -> String { problem(Assembler.layer("a", [blob])) }

struct CaffeBlobTests {
  @Test("numbers are read packed, one by one and in several parts")
  func parts() throws {
    let data = Assembler.field(5, floatBytes([1, 2])) + Assembler.unpacked(5, [3]) + Assembler.field(5, floatBytes([4, 5, 6]))
    #expect(try read(shape([2, 3]) + data)?.floats() == [1, 2, 3, 4, 5, 6])
  }

  @Test("sizes are read one by one too")
  func unpackedShape() throws {
    let blob = Assembler.field(7, Assembler.field(1, 2) + Assembler.field(1, 3)) + Assembler.field(5, floatBytes([1, 2, 3, 4, 5, 6]))
    #expect(try read(blob)?.shape == [2, 3])
  }

  @Test("double numbers keep their type, gradients are left out")
  func doubles() throws {
    let blob = Assembler.field(6, floatBytes([9, 9])) + shape([2]) + Assembler.field(8, [0.5, -2].flatMap { little(Int(bitPattern: UInt($0.bitPattern)), 8) })
    let tensor = try read(blob)
    #expect(tensor?.elementType == .float64)
    #expect(tensor?.floats() == [0.5, -2])
  }

  @Test("a blob without a shape is a single number")
  func scalar() throws { #expect(try read(Assembler.field(5, floatBytes([4])))?.shape == []) }

  @Test("only the leading ones of a legacy vector are dropped")
  func legacyAxes() throws {
    let legacy = { (sizes: [Int]) in zip(1..., sizes).flatMap { Assembler.field($0, $1) } + Assembler.field(5, floatBytes([1, 2])) }
    #expect(try read(legacy([1, 1, 1, 2]))?.shape == [2])
    #expect(try read(legacy([1, 2, 1, 1]))?.shape == [1, 2, 1, 1])
    #expect(try read(legacy([2, 1, 1, 1]))?.shape == [2, 1, 1, 1])
    // A blob with a shape of its own keeps it.
    #expect(try read(Assembler.blob([1, 1, 1, 2], [1, 2]))?.shape == [1, 1, 1, 2])
  }

  @Test(
    "numbers that do not fill the shape are an error",
    arguments: [
      shape([3]) + Assembler.field(5, floatBytes([1, 2])), shape([1]) + Assembler.field(5, floatBytes([1, 2])), shape([1]),
      shape([2]) + Assembler.field(5, [0, 0, 0]),
      shape([0]) + Assembler.field(5, floatBytes([1])), shape([1 << 40]), shape([1 << 30, 1 << 30]) + Assembler.field(5, floatBytes([1])), shape([-1]),
      shape([-1, -1]) + Assembler.field(5, floatBytes([1])), shape([1 << 62, 4]), shape([Int.max, 0]), shape([Int](repeating: 1, count: 33)),
      Assembler.field(1, -1) + Assembler.field(5, floatBytes([1])), Assembler.field(1, 1) + Assembler.field(5, floatBytes([1])),
      shape([1]) + Assembler.field(5, floatBytes([1])) + Assembler.field(8, [0, 0, 0, 0, 0, 0, 0, 0]), Assembler.field(7, Assembler.field(1, [0x80])),
    ])
  func wrongShapes(blob: [UInt8]) { #expect(problem(ofBlob: blob).contains("tensor a.0: ")) }
}
