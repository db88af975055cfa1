import SegBase

/// The central directory of a ZIP archive in memory. Only what PyTorch writes is supported: stored entries, ZIP64, no encryption, one disk.
struct ZipDirectory {
  private struct Entry {
    var method: Int
    var flags: Int
    var size: Int
    var packedSize: Int
    var headerOffset: Int
  }

  /// The entries' names in directory order.
  private(set) var names: [String] = []
  private var entries: [String: Entry] = [:]
  private let bytes: UnsafeRawBufferPointer

  private static let damaged = InputError("the file is cut short or damaged: its ZIP directory cannot be read", advice: "download it again")
  private static let endSize = 22

  init(_ bytes: UnsafeRawBufferPointer) throws(InputError) {
    self.bytes = bytes
    var reader = try Self.directory(of: bytes)
    while reader.remaining > 0 { try readEntry(&reader) }
  }

  /// The bytes of the central directory, found from the record at the end of the file.
  private static func directory(of bytes: UnsafeRawBufferPointer) throws(InputError) -> ByteReader {
    guard let end = endRecord(of: bytes) else { throw damaged }
    var record = ByteReader(bytes, at: end + 4)
    if try record.unsigned(2) != 0 { throw InputError("a ZIP archive in several parts, which is not supported") }
    _ = try record.skip(6)
    var size = try record.unsigned(4)
    var offset = try record.unsigned(4)
    if end >= 20, bytes.loadUnaligned(fromByteOffset: end - 20, as: UInt32.self) == 0x0706_4B50 {
      var locator = ByteReader(bytes, at: end - 12)
      let position = try locator.unsigned(8)
      guard position <= end - 20 - 56, bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self) == 0x0606_4B50 else { throw damaged }
      var wide = ByteReader(bytes, at: position + 40)
      size = try wide.unsigned(8)
      offset = try wide.unsigned(8)
    }
    guard offset <= end, size <= end - offset else { throw damaged }
    return ByteReader(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + size]))
  }

  private static func endRecord(of bytes: UnsafeRawBufferPointer) -> Int? {
    guard bytes.count >= endSize else { return nil }
    let last = bytes.count - endSize
    for position in stride(from: last, through: max(0, last - 0xFFFF), by: -1)
    where bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self) == 0x0605_4B50 {
      let comment = Int(bytes.loadUnaligned(fromByteOffset: position + 20, as: UInt16.self))
      if position + endSize + comment == bytes.count { return position }
    }
    return nil
  }

  private mutating func readEntry(_ reader: inout ByteReader) throws(InputError) {
    if try reader.unsigned(4) != 0x0201_4B50 { throw Self.damaged }
    _ = try reader.skip(4)
    let flags = try reader.unsigned(2)
    let method = try reader.unsigned(2)
    _ = try reader.skip(8)
    var entry = Entry(method: method, flags: flags, size: 0, packedSize: try reader.unsigned(4), headerOffset: 0)
    entry.size = try reader.unsigned(4)
    let (nameLength, extraLength, commentLength) = (try reader.unsigned(2), try reader.unsigned(2), try reader.unsigned(2))
    _ = try reader.skip(8)
    entry.headerOffset = try reader.unsigned(4)
    let name = String(decoding: try reader.take(nameLength), as: UTF8.self)
    try Self.widen(&entry, extra: ByteReader(try reader.take(extraLength)))
    _ = try reader.skip(commentLength)
    if entries.updateValue(entry, forKey: name) != nil { throw InputError("its ZIP directory names \(name.prefix(200)) twice") }
    names.append(name)
  }

  /// Takes sizes that did not fit 32 bits from the ZIP64 extra field (number 1).
  private static func widen(_ entry: inout Entry, extra: ByteReader) throws(InputError) {
    var extra = extra
    while extra.remaining >= 4 {
      let number = try extra.unsigned(2)
      var field = ByteReader(try extra.take(try extra.unsigned(2)))
      if number != 1 { continue }
      if entry.size == 0xFFFF_FFFF { entry.size = try field.unsigned(8) }
      if entry.packedSize == 0xFFFF_FFFF { entry.packedSize = try field.unsigned(8) }
      if entry.headerOffset == 0xFFFF_FFFF { entry.headerOffset = try field.unsigned(8) }
    }
  }

  /// The bytes of the entry of that name.
  func contents(of name: some StringProtocol) throws(InputError) -> UnsafeRawBufferPointer {
    guard let entry = entries[String(name)] else { throw InputError("the archive misses the entry \(name.prefix(200))", advice: "download it again") }
    if entry.flags & 1 != 0 { throw InputError("the archive is encrypted") }
    if entry.method != 0 || entry.size != entry.packedSize {
      throw InputError("the archive's entries are compressed, which PyTorch never does", advice: "unpack it and save the weights again with torch.save")
    }
    guard entry.headerOffset <= bytes.count else { throw Self.damaged }
    var reader = ByteReader(bytes, at: entry.headerOffset)
    if try reader.unsigned(4) != 0x0403_4B50 { throw Self.damaged }
    _ = try reader.skip(22)
    let (nameLength, extraLength) = (try reader.unsigned(2), try reader.unsigned(2))
    _ = try reader.skip(nameLength + extraLength)
    return try reader.take(entry.size)
  }
}
