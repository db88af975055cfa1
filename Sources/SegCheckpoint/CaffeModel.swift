/// Recognition of Caffe's `.caffemodel`: a serialised protocol buffer with no magic number.
enum CaffeModel {
  /// Whether the bytes start like a NetParameter: its name (field 1, a short printable text), then a layer (field 100 or, in old files, 2), or a layer at once.
  static func looksLike(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count > 4 else { return false }
    var next = 0
    if bytes[0] == 0x0A, bytes[1] < 0x80 {
      next = 2 + Int(bytes[1])
      guard next <= bytes.count, bytes[2..<next].allSatisfy({ (0x20..<0x7F).contains($0) }) else { return false }
    }
    if next == bytes.count { return next > 2 }
    let isLayer = next + 1 < bytes.count && bytes[next] == 0xA2 && bytes[next + 1] == 0x06
    return isLayer || (next > 2 && bytes[next] == 0x12)
  }
}
