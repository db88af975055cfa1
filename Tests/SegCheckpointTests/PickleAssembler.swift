import Foundation

/// Builds pickles of protocol 2 instruction by instruction, right ones and wrong ones.
struct PickleAssembler {
  var bytes: [UInt8] = [0x80, 2]

  mutating func op(_ code: Character) { bytes += Array(String(code).utf8) }

  mutating func text(_ text: String) { bytes += [UInt8(ascii: "X")] + little(text.utf8.count, 4) + Array(text.utf8) }

  mutating func int(_ value: Int) { bytes += [UInt8(ascii: "J")] + little(value, 4) }

  mutating func long(_ value: Int) { bytes += [0x8A, 8] + little(value, 8) }

  mutating func global(_ module: String, _ name: String) { bytes += Array("c\(module)\n\(name)\n".utf8) }

  mutating func tuple(_ values: [Int]) {
    op("(")
    for value in values { long(value) }
    op("t")
  }

  mutating func storage(_ type: String = "FloatStorage", key: String = "0", count: Int) {
    op("(")
    text("storage")
    global("torch", type)
    text(key)
    text("cpu")
    long(count)
    op("t")
    op("Q")
  }

  /// A tensor over the storage `key`.
  mutating func tensor(_ type: String = "FloatStorage", key: String = "0", storageCount: Int, offset: Int = 0, shape: [Int], strides: [Int]) {
    global("torch._utils", "_rebuild_tensor_v2")
    op("(")
    storage(type, key: key, count: storageCount)
    long(offset)
    tuple(shape)
    tuple(strides)
    bytes.append(0x89)
    op("}")
    op("t")
    op("R")
  }

  /// A NumPy array whose bytes are written as Latin-1 text, as protocol 2 does.
  mutating func array(shape: [Int], type: String = "f4", isFortran: Bool = false, text: String) {
    global("numpy.core.multiarray", "_reconstruct")
    global("numpy", "ndarray")
    tuple([0])
    self.text("b")
    bytes.append(0x87)
    op("R")
    op("(")
    int(1)
    tuple(shape)
    global("numpy", "dtype")
    self.text(type)
    bytes.append(0x85)
    op("R")
    bytes.append(isFortran ? 0x88 : 0x89)
    global("_codecs", "encode")
    self.text(text)
    self.text("latin1")
    bytes.append(0x86)
    op("R")
    op("t")
    op("b")
  }

  /// A pickle of a dictionary with one tensor "t".
  static func oneTensor(storageCount: Int, offset: Int = 0, shape: [Int], strides: [Int]) -> [UInt8] {
    var pickle = PickleAssembler()
    pickle.op("}")
    pickle.text("t")
    pickle.tensor(storageCount: storageCount, offset: offset, shape: shape, strides: strides)
    pickle.op("s")
    pickle.op(".")
    return pickle.bytes
  }
}

/// `value` as `count` little-endian bytes.
func little(_ value: Int, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }

/// Bytes of float32 numbers.
func floatBytes(_ values: [Float]) -> [UInt8] { values.flatMap { little(Int($0.bitPattern), 4) } }

/// Builds ZIP archives of stored entries.
struct ZipAssembler {
  private var bytes: [UInt8] = []
  private var directory: [UInt8] = []
  private var count = 0
  /// Writes sizes and offsets as ZIP64 extra fields.
  var isWide = false
  /// Compression method and flags that every entry claims.
  var method = 0
  var flags = 0

  mutating func add(_ name: String, _ data: [UInt8], claimedSize: Int? = nil) {
    let size = claimedSize ?? data.count
    let offset = bytes.count
    bytes += [0x50, 0x4B, 3, 4] + little(20, 2) + little(flags, 2) + little(method, 2) + little(0, 8) + little(size, 4) + little(size, 4)
    bytes += little(name.utf8.count, 2) + little(0, 2) + Array(name.utf8) + data
    let extra = isWide ? little(1, 2) + little(24, 2) + little(size, 8) + little(size, 8) + little(offset, 8) : []
    let wide = isWide
    let short = { (value: Int) in little(wide ? 0xFFFF_FFFF : value, 4) }
    directory += [0x50, 0x4B, 1, 2] + little(20, 2) + little(20, 2) + little(flags, 2) + little(method, 2) + little(0, 8) + short(size) + short(size)
    directory += little(name.utf8.count, 2) + little(extra.count, 2) + little(0, 2) + little(0, 8) + short(offset) + Array(name.utf8) + extra
    count += 1
  }

  func archive() -> [UInt8] {
    var result = bytes + directory
    if isWide {
      let position = result.count
      result += [0x50, 0x4B, 6, 6] + little(44, 8) + little(45, 2) + little(45, 2) + little(0, 8) + little(count, 8) + little(count, 8)
      result += little(directory.count, 8) + little(bytes.count, 8)
      result += [0x50, 0x4B, 6, 7] + little(0, 4) + little(position, 8) + little(1, 4)
    }
    let short = { (value: Int) in little(self.isWide ? 0xFFFF_FFFF : value, 4) }
    return result + [0x50, 0x4B, 5, 6] + little(0, 4) + little(count, 2) + little(count, 2) + short(directory.count) + short(bytes.count) + little(0, 2)
  }

  /// A PyTorch archive of a pickle and storages.
  static func checkpoint(_ pickle: [UInt8], storages: [String: [UInt8]] = [:]) -> [UInt8] {
    var zip = ZipAssembler()
    zip.add("any/data.pkl", pickle)
    for (key, data) in storages.sorted(by: { $0.key < $1.key }) { zip.add("any/data/\(key)", data) }
    return zip.archive()
  }
}
