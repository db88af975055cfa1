public import SegBase
public import SegTensor

/// NumPy's `.npy` files of one little-endian array in row-major order.
public enum NumpyFile {
  /// Reads an array. Throws when the file is damaged, its numbers are complex, texts or big-endian, or it is in Fortran order.
  public static func read(path: String) throws(InputError) -> Tensor {
    try InputFile.parse(path: path, parse)
  }

  /// Reads an array from memory, as `read` does from a file.
  public static func parse(_ bytes: UnsafeRawBufferPointer) throws(InputError) -> Tensor {
    guard bytes.count >= 10, bytes.prefix(6).elementsEqual([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]) else {
      throw InputError("not a NumPy file", advice: "write it with numpy.save")
    }
    var reader = ByteReader(bytes, at: 6)
    let major = try reader.unsigned(1)
    _ = try reader.skip(1)
    guard (1...3).contains(major) else { throw InputError("a NumPy file of the unknown version \(major)") }
    let length = try reader.unsigned(major == 1 ? 2 : 4)
    guard length <= 1 << 16 else { throw InputError("the NumPy header is damaged") }
    let header = String(decoding: try reader.take(length), as: UTF8.self)
    guard let name = field("descr", of: header)?.split(separator: "'", omittingEmptySubsequences: false).dropFirst().first,
      let order = field("fortran_order", of: header), let list = field("shape", of: header)?.split(separator: ")").first, list.hasPrefix("(")
    else { throw InputError("the NumPy header is damaged") }
    guard let type = ElementType(numpy: String(name)) else { throw InputError("numbers of type \(name.prefix(20)) are not supported", advice: "use float32") }
    if !order.hasPrefix("False") { throw InputError("an array in Fortran order is not supported", advice: "use numpy.ascontiguousarray") }
    var shape: [Int] = []
    for text in list.dropFirst().split(separator: ",") {
      let digits = text.filter { $0 != " " }
      guard let axis = Int(digits) else { throw InputError("the NumPy header is damaged") }
      shape.append(axis)
    }
    let size = try StoredTensor.count(of: shape) * type.byteCount
    guard size == reader.remaining else {
      throw InputError("the array's shape asks for \(size) bytes, but the file holds \(reader.remaining)", advice: "the file is cut short or damaged")
    }
    let data = try reader.take(size)
    return Tensor(shape: shape, elementType: type) { $0.copyMemory(from: data) }
  }

  /// What follows `'name':` in the header, without leading spaces.
  private static func field(_ name: String, of header: String) -> Substring? {
    let key = "'\(name)':"
    guard let start = header.indices.first(where: { header[$0...].hasPrefix(key) }) else { return nil }
    return header[start...].dropFirst(key.count).drop { $0 == " " }
  }

  /// Writes a tensor's elements as float32. The file appears under its name only when it is complete. Throws when it cannot be written.
  public static func write(_ tensor: Tensor, to path: String) throws(InputError) {
    let shape = tensor.shape.map { "\($0)," }.joined(separator: " ")
    var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(shape)), }"
    // The numbers start at a multiple of 64.
    while !(header.utf8.count + 11).isMultiple(of: 64) { header += " " }
    header += "\n"
    var start: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, UInt8(header.utf8.count & 0xFF), UInt8(header.utf8.count >> 8)]
    start += Array(header.utf8)
    let file = try OutputFile(path: path)
    try file.write(start)
    try tensor.floats().withUnsafeBufferPointer { (numbers) throws(InputError) in try file.write(UnsafeRawBufferPointer(numbers)) }
    try file.commit()
  }
}
