/// Builds protocol buffer messages field by field, right ones and wrong ones.
enum ProtobufAssembler {
  static func varint(_ value: Int) -> [UInt8] {
    var (rest, bytes) = (UInt64(bitPattern: Int64(value)), [UInt8]())
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  static func tag(_ number: Int, kind: Int) -> [UInt8] { varint(number << 3 | kind) }

  /// A text, a message or packed numbers.
  static func field(_ number: Int, _ bytes: [UInt8]) -> [UInt8] { tag(number, kind: 2) + varint(bytes.count) + bytes }

  static func field(_ number: Int, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }

  static func field(_ number: Int, _ value: Int) -> [UInt8] { tag(number, kind: 0) + varint(value) }

  /// Numbers of a repeated float field, one field each.
  static func unpacked(_ number: Int, _ values: [Float]) -> [UInt8] { values.flatMap { tag(number, kind: 5) + floatBytes([$0]) } }

  /// A BlobProto of a shape and packed numbers.
  static func blob(_ shape: [Int], _ values: [Float]) -> [UInt8] {
    field(7, field(1, shape.flatMap(varint))) + field(5, floatBytes(values))
  }

  /// A LayerParameter in its field of the net.
  static func layer(_ name: String, _ blobs: [[UInt8]]) -> [UInt8] {
    field(100, field(1, name) + field(2, "Convolution") + blobs.flatMap { field(7, $0) })
  }

  /// A net of a weight and a bias.
  static let smallNet = field(1, "net") + layer("data", []) + layer("conv", [blob([2, 1, 1, 2], [1, 2, 3, 4]), blob([2], [5, 6])])
}
