import Glibc
public import SegBase
public import SegTensor

/// The safetensors format: the header's length (8 bytes), a JSON header, then the tensors' numbers.
public enum Safetensors {
  private static let types: [(name: String, type: ElementType)] = [
    ("F64", .float64), ("F32", .float32), ("F16", .float16), ("BF16", .bfloat16), ("I64", .int64), ("I32", .int32), ("I16", .int16), ("I8", .int8),
    ("U8", .uint8), ("BOOL", .bool),
  ]

  /// Whether the bytes start like a safetensors file: a length, then `{`.
  static func looksLike(_ bytes: UnsafeRawBufferPointer) -> Bool { bytes.count > 8 && bytes[8] == UInt8(ascii: "{") }

  static func read(_ source: TensorSource) throws(InputError) -> Checkpoint {
    let bytes = source.bytes
    var reader = ByteReader(bytes)
    let length = UInt64(littleEndian: try reader.take(8).loadUnaligned(as: UInt64.self))
    if length > UInt64(reader.remaining) {
      throw InputError("its header is said to be \(length) bytes long, but the file has \(bytes.count)", advice: "the file is damaged or hostile")
    }
    var header = JSONText(try reader.take(Int(length)))
    let data = UnsafeRawBufferPointer(rebasing: bytes[reader.position...])
    var metadata: [String: String] = [:]
    var entries: [(name: String, type: ElementType, shape: [Int], start: Int, end: Int)] = []
    try header.object { (name, json) throws(InputError) in
      if name == "__metadata__" {
        try json.object { (key, json) throws(InputError) in metadata[key] = try json.text() }
        return
      }
      var (type, shape, offsets) = ("", nil as [Int]?, [] as [Int])
      try json.object { (key, json) throws(InputError) in
        switch key {
        case "dtype": type = try json.text()
        case "shape": shape = try json.numbers(limit: StoredTensor.largestRank)
        case "data_offsets": offsets = try json.numbers(limit: 2)
        default: throw InputError("its header holds the unknown field \(key.prefix(100))")
        }
      }
      guard let shape, offsets.count == 2 else { throw InputError("tensor \(name.prefix(200)): its type, shape or place is missing") }
      guard let element = types.first(where: { $0.name == type })?.type else {
        throw InputError("tensor \(name.prefix(200)): its type \(type.prefix(20)) is not supported")
      }
      entries.append((name, element, shape, offsets[0], offsets[1]))
    }
    try header.expectEnd()

    var used = 0
    var tensors = NamedTensors()
    for entry in entries {
      try tensors.add(entry.name) { () throws(InputError) in
        let size = try StoredTensor.count(of: entry.shape) * entry.type.byteCount
        guard entry.start <= entry.end, entry.end <= data.count else { throw InputError("it lies past the end of the file", advice: "download it again") }
        guard entry.end - entry.start == size else { throw InputError("its shape and its bytes disagree") }
        used += size
        // Tensors do not overlap, so together they fit in the file.
        if used > data.count { throw InputError("it overlaps another tensor") }
        return source.tensor(shape: entry.shape, elementType: entry.type, UnsafeRawBufferPointer(rebasing: data[entry.start..<entry.end]))
      }
    }
    return Checkpoint(container: .safetensors, tensors: tensors, metadata: metadata)
  }

  /// Writes the tensors, in their order, as a safetensors file. The file appears under its name only when it is complete. Throws when it cannot be
  /// written, or the tensors cannot be read.
  public static func write(_ tensors: NamedTensors, metadata: [String: String] = [:], to path: String) throws(InputError) {
    var fields: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
      fields.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
    }
    let present = tensors.names.compactMap { name in tensors[name].map { (name: name, tensor: $0) } }
    var offset = 0
    for (name, tensor) in present {
      let type = types.first { $0.type == tensor.elementType }?.name ?? ""
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      let end = offset + tensor.count * tensor.elementType.byteCount
      fields.append("\(quoted(name)):{\"dtype\":\"\(type)\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var header = Array("{\(fields.joined(separator: ","))}".utf8)
    // Numbers start at a multiple of eight.
    while !header.count.isMultiple(of: 8) { header.append(0x20) }
    let file = try OutputFile(path: path)
    try file.write((0..<8).map { UInt8(truncatingIfNeeded: header.count >> ($0 * 8)) })
    try file.write(header)
    for (_, tensor) in present { try tensor.withUnsafeBytes { (bytes) throws(InputError) in try file.write(bytes) } }
    try tensors.checkFiles()
    try file.commit()
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
