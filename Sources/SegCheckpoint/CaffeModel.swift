import SegBase
import SegTensor

/// Caffe's `.caffemodel`: a NetParameter message with no magic number before it (BVLC caffe, src/caffe/proto/caffe.proto).
///
/// Tensors are named `<layer>.<index of the blob>` in file order.
enum CaffeModel {
  /// Every tensor repeats its layer's name, so a long one would be multiplied.
  private static let longestName = 1000

  /// Whether the bytes start like a NetParameter: its name (field 1, a short printable text), then another of its fields, or a layer at once.
  static func looksLike(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count > 4 else { return false }
    var next = 0
    if bytes[0] == 0x0A, bytes[1] < 0x80 {
      next = 2 + Int(bytes[1])
      guard next <= bytes.count, bytes[2..<next].allSatisfy({ (0x20..<0x7F).contains($0) }) else { return false }
    }
    if next == bytes.count { return next > 2 }
    let isLayer = next + 1 < bytes.count && bytes[next] == 0xA2 && bytes[next + 1] == 0x06
    // Old layers, input, input_dim, force_backward, state, debug_info, input_shape: fields 2 to 8 of their kinds.
    return isLayer || (next > 2 && [0x12, 0x1A, 0x20, 0x22, 0x28, 0x32, 0x38, 0x42].contains(bytes[next]))
  }

  static func read(_ source: TensorSource) throws(InputError) -> Checkpoint {
    var checkpoint = Checkpoint(container: .caffe, tensors: NamedTensors())
    var budget = TensorBudget(fileSize: source.bytes.count)
    var net = ProtobufReader(source.bytes)
    while let field = try net.next() {
      switch (field.number, field.value) {
      case (1, .bytes(let name)): if name.count <= 200 { checkpoint.metadata["name"] = String(decoding: name, as: UTF8.self) }
      case (100, .bytes(let layer)): try read(layer, of: source, nameField: 1, blobField: 7, into: &checkpoint.tensors, &budget)
      // V1LayerParameter, before 2014-08.
      case (2, .bytes(let layer)): try read(layer, of: source, nameField: 4, blobField: 6, into: &checkpoint.tensors, &budget)
      default: continue
      }
    }
    return checkpoint
  }

  private static func read(
    _ layer: UnsafeRawBufferPointer, of source: TensorSource, nameField: Int, blobField: Int, into tensors: inout NamedTensors,
    _ budget: inout TensorBudget
  ) throws(InputError) {
    let name = try name(of: layer, field: nameField)
    var fields = ProtobufReader(layer)
    var index = 0
    while let field = try fields.next() {
      guard field.number == blobField, case .bytes(let blob) = field.value else { continue }
      try tensors.add("\(name).\(index)") { () throws(InputError) in try CaffeBlob(blob).tensor(of: source, budget: &budget) }
      index += 1
    }
  }

  /// The layer's name, which may follow its blobs.
  private static func name(of layer: UnsafeRawBufferPointer, field number: Int) throws(InputError) -> String {
    var fields = ProtobufReader(layer)
    var name = UnsafeRawBufferPointer(start: nil, count: 0)
    while let field = try fields.next() {
      if field.number == number, case .bytes(let text) = field.value { name = text }
    }
    if name.count > longestName { throw ProtobufReader.damaged("a layer's name is \(name.count) bytes long") }
    return String(decoding: name, as: UTF8.self)
  }
}
