import SegBase

/// A strict reader of the little JSON that safetensors headers hold: objects, texts and arrays of whole numbers.
struct JSONText {
  private var reader: ByteReader

  init(_ bytes: UnsafeRawBufferPointer) { reader = ByteReader(bytes) }

  private static let damaged = InputError("the file is damaged: its header is not valid JSON", advice: "download it again")

  private func peek() -> UInt8? { reader.remaining > 0 ? reader.bytes[reader.position] : nil }

  private mutating func skipSpaces() throws(InputError) {
    while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { _ = try reader.skip(1) }
  }

  /// Whether the next sign is `sign`; then it is passed over.
  mutating func accept(_ sign: Unicode.Scalar) throws(InputError) -> Bool {
    try skipSpaces()
    guard peek() == UInt8(ascii: sign) else { return false }
    _ = try reader.skip(1)
    return true
  }

  mutating func expect(_ sign: Unicode.Scalar) throws(InputError) {
    if try !accept(sign) { throw Self.damaged }
  }

  /// Throws unless only spaces are left.
  mutating func expectEnd() throws(InputError) {
    try skipSpaces()
    if reader.remaining > 0 { throw Self.damaged }
  }

  /// Reads an object: calls `body` with each key, which must read the value.
  mutating func object(_ body: (String, inout JSONText) throws(InputError) -> Void) throws(InputError) {
    try expect("{")
    if try accept("}") { return }
    repeat {
      let key = try text()
      try expect(":")
      try body(key, &self)
    } while try accept(",")
    try expect("}")
  }

  /// Reads an array of whole numbers of at most `limit` elements.
  mutating func numbers(limit: Int) throws(InputError) -> [Int] {
    try expect("[")
    var result: [Int] = []
    if try accept("]") { return result }
    repeat {
      if result.count == limit { throw Self.damaged }
      result.append(try number())
    } while try accept(",")
    try expect("]")
    return result
  }

  private mutating func number() throws(InputError) -> Int {
    try skipSpaces()
    var value = 0
    var digits = 0
    while let byte = peek(), (0x30...0x39).contains(byte) {
      let (tens, tooLarge) = value.multipliedReportingOverflow(by: 10)
      let (sum, tooLargeToo) = tens.addingReportingOverflow(Int(byte - 0x30))
      if tooLarge || tooLargeToo { throw InputError("the file is damaged: a size is impossibly large", advice: "download it again") }
      value = sum
      digits += 1
      _ = try reader.skip(1)
    }
    if digits == 0 { throw Self.damaged }
    return value
  }

  mutating func text() throws(InputError) -> String {
    try expect("\"")
    var bytes: [UInt8] = []
    while true {
      let byte = UInt8(truncatingIfNeeded: try reader.unsigned(1))
      if byte == UInt8(ascii: "\"") { return String(decoding: bytes, as: UTF8.self) }
      if byte < 0x20 { throw Self.damaged }
      if byte != UInt8(ascii: "\\") {
        bytes.append(byte)
        continue
      }
      let escape = UInt8(truncatingIfNeeded: try reader.unsigned(1))
      switch escape {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(escape)
      case UInt8(ascii: "b"): bytes.append(0x08)
      case UInt8(ascii: "f"): bytes.append(0x0C)
      case UInt8(ascii: "n"): bytes.append(0x0A)
      case UInt8(ascii: "r"): bytes.append(0x0D)
      case UInt8(ascii: "t"): bytes.append(0x09)
      case UInt8(ascii: "u"): bytes += Array(String(try scalar()).utf8)
      default: throw Self.damaged
      }
    }
  }

  /// The scalar of `\uXXXX` or of a surrogate pair of two of them; the first `\u` has been read.
  private mutating func scalar() throws(InputError) -> Character {
    let high = try hexadecimal()
    if !(0xD800..<0xE000).contains(high) { return Character(Unicode.Scalar(high) ?? "\u{FFFD}") }
    guard high < 0xDC00, try reader.unsigned(2) == 0x755C else { throw Self.damaged }
    let low = try hexadecimal()
    guard (0xDC00..<0xE000).contains(low) else { throw Self.damaged }
    return Character(Unicode.Scalar(0x1_0000 + (high - 0xD800) << 10 + (low - 0xDC00)) ?? "\u{FFFD}")
  }

  private mutating func hexadecimal() throws(InputError) -> UInt32 {
    let digits = String(decoding: try reader.take(4), as: UTF8.self)
    guard digits.allSatisfy(\.isHexDigit), let value = UInt32(digits, radix: 16) else { throw Self.damaged }
    return value
  }
}
