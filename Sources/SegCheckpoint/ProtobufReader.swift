import SegBase

/// A field of a protocol buffer message: its number and what the wire holds for it.
struct ProtobufField {
  let number: Int
  let value: ProtobufValue
}

/// What the wire holds for a field; which type it has is the reader's knowledge.
enum ProtobufValue {
  /// A whole number, a truth value or an enumeration's case. Negative numbers are in two's complement.
  case varint(UInt64)
  /// The 4 or 8 little-endian bytes of one number.
  case fixed(UnsafeRawBufferPointer)
  /// A text, bytes, a message, or packed numbers.
  case bytes(UnsafeRawBufferPointer)
}

/// A cursor over the fields of one protocol buffer message in memory (the wire format of protobuf.dev/programming-guides/encoding).
///
/// It makes no copy and never recurses: a nested message is bytes that its caller may read with another cursor, so the caller decides how deep to go.
struct ProtobufReader {
  private var reader: ByteReader

  init(_ bytes: UnsafeRawBufferPointer) { reader = ByteReader(bytes) }

  /// Whether every field has been read.
  var isAtEnd: Bool { reader.remaining == 0 }

  /// The next field, or nil at the end. Throws when the bytes end inside it, or are none.
  mutating func next() throws(InputError) -> ProtobufField? {
    if isAtEnd { return nil }
    let tag = try varint()
    let number = Int(truncatingIfNeeded: tag >> 3)
    if !(1..<1 << 29).contains(tag >> 3) { throw Self.damaged("a field has the impossible number \(tag >> 3)") }
    let value: ProtobufValue
    switch tag & 7 {
    case 0: value = .varint(try varint())
    case 1: value = .fixed(try reader.take(8))
    case 2: value = .bytes(try lengthDelimited())
    case 5: value = .fixed(try reader.take(4))
    default: throw Self.damaged("field \(number) is of the kind \(tag & 7), which no checkpoint uses")
    }
    return ProtobufField(number: number, value: value)
  }

  /// A number of at most 64 bits, seven to a byte, the lowest first.
  mutating func varint() throws(InputError) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: 0, to: 64, by: 7) {
      let byte = UInt64(try reader.unsigned(1))
      if shift == 63 && byte > 1 { break }
      value |= (byte & 0x7F) << UInt64(shift)
      if byte < 0x80 { return value }
    }
    throw Self.damaged("a number has more than 64 bits")
  }

  private mutating func lengthDelimited() throws(InputError) -> UnsafeRawBufferPointer {
    let length = try varint()
    if length > UInt64(reader.remaining) {
      throw InputError(
        "the file is cut short or damaged: a part is said to be \(length) bytes long where \(reader.remaining) are left", advice: "download it again")
    }
    return try reader.take(Int(length))
  }

  static func damaged(_ what: String) -> InputError { InputError("the file is damaged: \(what)", advice: "download it again") }
}

extension ProtobufValue {
  /// Appends the whole numbers of a repeated field, packed or not, as far as `limit` elements in all; throws when there are more.
  func appendIntegers(to numbers: inout [Int], limit: Int) throws(InputError) {
    switch self {
    case .varint(let number): numbers.append(Int(truncatingIfNeeded: number))
    case .bytes(let packed):
      var reader = ProtobufReader(packed)
      while !reader.isAtEnd, numbers.count <= limit { numbers.append(Int(truncatingIfNeeded: try reader.varint())) }
    case .fixed: throw ProtobufReader.damaged("a list of whole numbers holds something else")
    }
    if numbers.count > limit { throw ProtobufReader.damaged("a list has more than \(limit) elements") }
  }
}
