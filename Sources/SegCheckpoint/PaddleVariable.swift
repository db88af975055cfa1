package import SegBase
package import SegTensor

/// One variable as PaddlePaddle's static graphs save it, a dump of a LoDTensor:
/// version 0 (4 bytes), levels of detail (8), for each its size (8) and bytes, version 0 (4), size of a TensorDesc message (4), the message, the numbers.
package enum PaddleVariable {
  /// Weights have no levels of detail; sequences have one or two.
  private static let mostLevels = 16
  /// A message of a type and `StoredTensor.largestRank` axes is far smaller.
  private static let largestDescription = 4096
  private static let types: [Int: ElementType] = [
    0: .bool, 1: .int16, 2: .int32, 3: .int64, 4: .float16, 5: .float32, 6: .float64, 20: .uint8, 21: .int8, 22: .bfloat16,
  ]

  /// Bytes that `looksLike` needs at most.
  static let startSize = 4

  /// Whether a file that starts like this is a dump, whole or damaged: it starts with the version, or is too short for one.
  static func looksLike(_ start: UnsafeRawBufferPointer) -> Bool { !start.isEmpty && start.prefix(startSize).allSatisfy { $0 == 0 } }

  /// Reads a dump that fills the bytes. Throws when it is damaged, of an unknown type, or others follow.
  package static func parse(_ bytes: UnsafeRawBufferPointer) throws(InputError) -> Tensor { try parse(TensorSource(bytes)) }

  /// Reads a dump that fills the source, as the other `parse` does.
  static func parse(_ source: TensorSource) throws(InputError) -> Tensor {
    let bytes = source.bytes
    var reader = ByteReader(bytes)
    let (type, shape) = try header(&reader)
    let size = try StoredTensor.count(of: shape) * type.byteCount
    if size < reader.remaining, looksLike(UnsafeRawBufferPointer(rebasing: bytes[(reader.position + size)...])) { throw combined }
    guard size == reader.remaining else {
      throw ProtobufReader.damaged("its shape asks for \(size) bytes, but it holds \(reader.remaining)")
    }
    return source.tensor(shape: shape, elementType: type, try reader.take(size))
  }

  /// What is wrong with a file of dumps that is opened by itself.
  static func problem(ofFile bytes: UnsafeRawBufferPointer) -> InputError {
    do throws(InputError) {
      _ = try parse(bytes)
      return InputError("one variable of a PaddlePaddle model, not the whole", advice: "give the folder that its variables lie in")
    } catch {
      return error
    }
  }

  private static let combined = InputError(
    "PaddlePaddle's combined parameters, which do not hold the names of the tensors",
    advice: "load the model in PaddlePaddle and write it with paddle.static.save, then give the .pdparams file")

  private static func header(_ reader: inout ByteReader) throws(InputError) -> (ElementType, [Int]) {
    let version = try reader.unsigned(4)
    let levels = try reader.unsigned(8)
    if version != 0 || levels > mostLevels { throw ProtobufReader.damaged("it is no variable of PaddlePaddle") }
    for _ in 0..<levels { _ = try reader.skip(try reader.unsigned(8)) }
    if try reader.unsigned(4) != 0 { throw InputError("a tensor of an unknown version") }
    let length = try reader.unsigned(4)
    if length > largestDescription { throw ProtobufReader.damaged("a tensor's description is said to be \(length) bytes long") }

    var description = ProtobufReader(try reader.take(length))
    var (number, shape) = (nil as Int?, [] as [Int])
    while let field = try description.next() {
      switch (field.number, field.value) {
      case (1, .varint(let value)): number = Int(truncatingIfNeeded: value)
      case (2, let value): try value.appendIntegers(to: &shape, limit: StoredTensor.largestRank)
      default: continue
      }
    }
    guard let number else { throw ProtobufReader.damaged("a tensor's type is missing") }
    guard let type = types[number] else { throw InputError("numbers of PaddlePaddle's type \(number) are not supported") }
    return (type, shape)
  }
}
