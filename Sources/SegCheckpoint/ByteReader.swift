import SegBase

/// A cursor over bytes that never reads past their end.
struct ByteReader {
  let bytes: UnsafeRawBufferPointer
  private(set) var position: Int

  init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0) {
    precondition((0...bytes.count).contains(position), "reader starts inside the bytes")
    self.bytes = bytes
    self.position = position
  }

  var remaining: Int { bytes.count - position }

  /// Moves over `count` bytes and gives where they start.
  mutating func skip(_ count: Int) throws(InputError) -> Int {
    if count < 0 || count > remaining { throw InputError("the file is cut short or damaged", advice: "download it again") }
    defer { position += count }
    return position
  }

  mutating func take(_ count: Int) throws(InputError) -> UnsafeRawBufferPointer {
    let start = try skip(count)
    return UnsafeRawBufferPointer(rebasing: bytes[start..<start + count])
  }

  /// A little-endian unsigned number of `count` bytes, at most 8; throws when it does not fit an `Int`.
  mutating func unsigned(_ count: Int) throws(InputError) -> Int {
    let start = try skip(count)
    var value: UInt64 = 0
    for index in 0..<count { value |= UInt64(bytes[start + index]) << UInt64(8 * index) }
    guard let result = Int(exactly: value) else { throw InputError("the file is damaged: a size is impossibly large", advice: "download it again") }
    return result
  }

  /// The bytes up to the next line feed, which is passed over; at most `limit`.
  mutating func line(limit: Int) throws(InputError) -> String {
    let start = position
    while true {
      if try unsigned(1) == 0x0A { break }
      if position - start > limit { throw InputError("the file is damaged: a line does not end", advice: "download it again") }
    }
    return String(decoding: bytes[start..<position - 1], as: UTF8.self)
  }
}
