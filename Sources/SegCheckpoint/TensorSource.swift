import SegBase
import SegTensor

/// The bytes of a weight file, while they are parsed, and the file that tensors are to be read from later where it stays open.
struct TensorSource {
  /// The whole file.
  let bytes: UnsafeRawBufferPointer
  private let file: TensorFile?

  /// Bytes that tensors get copies of, or the view of a file that stays open.
  init(_ bytes: UnsafeRawBufferPointer, of file: TensorFile? = nil) { (self.bytes, self.file) = (bytes, file) }

  /// A tensor that fills `part` of the bytes.
  func tensor(shape: [Int], elementType: ElementType, _ part: UnsafeRawBufferPointer) -> Tensor {
    guard let file, let start = bytes.baseAddress, let place = part.baseAddress else {
      return Tensor(shape: shape, elementType: elementType) { $0.copyMemory(from: part) }
    }
    return Tensor(shape: shape, elementType: elementType, file: file, offset: place - start)
  }
}
