import SegBase
import SegTensor

/// An array of numbers of a Caffe layer: a BlobProto message.
struct CaffeBlob {
  private let bytes: UnsafeRawBufferPointer
  private var axes: [Int] = []
  /// num, channels, height and width, which blobs had before they had shapes; nil when none of them is there.
  private var legacyAxes: [Int]?
  /// Bytes of all parts of `data` and of `double_data`.
  private var floatSize = 0
  private var doubleSize = 0
  /// The last part of the numbers.
  private var lastPart = UnsafeRawBufferPointer(start: nil, count: 0)

  private static let (dataField, shapeField, doubleField) = (5, 7, 8)

  init(_ bytes: UnsafeRawBufferPointer) throws(InputError) {
    self.bytes = bytes
    var fields = ProtobufReader(bytes)
    while let field = try fields.next() {
      switch (field.number, field.value) {
      case (1...4, .varint(let size)):
        var sizes = legacyAxes ?? [0, 0, 0, 0]
        sizes[field.number - 1] = Int(Int32(truncatingIfNeeded: size))
        legacyAxes = sizes
      case (Self.dataField, .bytes(let numbers)), (Self.dataField, .fixed(let numbers)):
        (floatSize, lastPart) = (floatSize + numbers.count, numbers)
      case (Self.doubleField, .bytes(let numbers)), (Self.doubleField, .fixed(let numbers)):
        (doubleSize, lastPart) = (doubleSize + numbers.count, numbers)
      case (Self.shapeField, .bytes(let shape)):
        var dimensions = ProtobufReader(shape)
        while let dimension = try dimensions.next() {
          if dimension.number == 1 { try dimension.value.appendIntegers(to: &axes, limit: StoredTensor.largestRank) }
        }
      default: continue
      }
    }
  }

  /// The axes as other frameworks give them: legacy blobs are always 4-D, so biases (1, 1, 1, n) become (n).
  private var shape: [Int] {
    guard let legacyAxes else { return axes }
    return legacyAxes.dropLast().allSatisfy { $0 == 1 } ? [legacyAxes[3]] : legacyAxes
  }

  /// The numbers under their shape; the blob lies in `whole`. Numbers in several parts are copied. Throws when they do not fill the shape.
  func tensor(of whole: TensorSource, budget: inout TensorBudget) throws(InputError) -> Tensor {
    if floatSize > 0 && doubleSize > 0 { throw ProtobufReader.damaged("its numbers are there in two types") }
    let (type, size, source) = doubleSize > 0 ? (ElementType.float64, doubleSize, Self.doubleField) : (.float32, floatSize, Self.dataField)
    let count = try StoredTensor.count(of: shape)
    guard size == count * type.byteCount else {
      throw ProtobufReader.damaged("its shape asks for \(count) numbers, but it holds \(size / type.byteCount)")
    }
    try budget.take(size)
    if lastPart.count == size { return whole.tensor(shape: shape, elementType: type, lastPart) }
    return try Tensor(shape: shape, elementType: type) { (target) throws(InputError) in
      var fields = ProtobufReader(bytes)
      var position = 0
      while let field = try fields.next() {
        guard field.number == source else { continue }
        switch field.value {
        case .bytes(let numbers), .fixed(let numbers):
          UnsafeMutableRawBufferPointer(rebasing: target[position...]).copyMemory(from: numbers)
          position += numbers.count
        case .varint: continue
        }
      }
    }
  }
}
