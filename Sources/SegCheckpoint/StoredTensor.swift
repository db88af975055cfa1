import SegBase
import SegTensor

/// A storage as a pickle names it: raw numbers that lie elsewhere in the file.
struct StoredNumbers {
  /// The storage's name in the file.
  var key: String
  var type: ElementType
  /// Elements of the whole storage.
  var count: Int
  /// The part of the storage that tensors see, in elements.
  var visible: Range<Int>
}

/// A tensor as a file describes it, before its numbers are copied.
struct StoredTensor {
  var storage: StoredNumbers
  /// Elements from the start of the visible part of the storage.
  var offset: Int
  var shape: [Int]
  /// Elements from one index to the next, per axis.
  var strides: [Int]
}

/// How many bytes of tensors may still be made: files may name one storage many times, or repeat an element by a stride of zero.
struct TensorBudget {
  private var left: Int

  /// A budget for a file of `fileSize` bytes: four times as much, and at least 1 MiB.
  init(fileSize: Int) { left = max(1 << 20, 4 * fileSize) }

  mutating func take(_ bytes: Int) throws(InputError) {
    if bytes > left { throw InputError("the tensors are far larger than the file that should hold them", advice: "the file is damaged or hostile") }
    left -= bytes
  }
}

extension StoredTensor {
  /// The largest number of axes that is accepted.
  static let largestRank = 32

  /// The elements of a shape; throws when an axis is negative or the product is beyond any file.
  static func count(of shape: [Int]) throws(InputError) -> Int {
    if shape.count > largestRank { throw InputError("a tensor has \(shape.count) axes") }
    var count = 1
    for axis in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: max(1, axis))
      if axis < 0 || overflow || product > 1 << 48 { throw InputError("a tensor has an impossible shape") }
      count = product
    }
    return shape.contains(0) ? 0 : count
  }

  /// Takes the tensor out of `raw`, the bytes of its whole storage, which lies in `source`. Numbers that are not contiguous are copied.
  func tensor(from raw: UnsafeRawBufferPointer, of source: TensorSource, budget: inout TensorBudget) throws(InputError) -> Tensor {
    let size = storage.type.byteCount
    let count = try Self.count(of: shape)
    if count > 0, try lastIndex() >= storage.visible.count || storage.visible.upperBound > raw.count / size {
      throw InputError("a tensor reaches past the end of its storage")
    }
    try budget.take(count * size)
    if count == 0 { return Tensor(shape: shape, elementType: storage.type) { _ in } }
    let numbers = UnsafeRawBufferPointer(rebasing: raw[((storage.visible.lowerBound + offset) * size)...])
    if isContiguous { return source.tensor(shape: shape, elementType: storage.type, UnsafeRawBufferPointer(rebasing: numbers[..<(count * size)])) }
    return Tensor(shape: shape, elementType: storage.type) { copyStrided(from: numbers, to: $0, elementSize: size) }
  }

  /// The index in the visible storage of the last element; the tensor is not empty.
  private func lastIndex() throws(InputError) -> Int {
    if offset < 0 || strides.count != shape.count { throw InputError("a tensor has an impossible shape") }
    var last = offset
    for (axis, stride) in zip(shape, strides) {
      let (step, tooLong) = (axis - 1).multipliedReportingOverflow(by: stride)
      let (sum, tooFar) = last.addingReportingOverflow(step)
      if stride < 0 || tooLong || tooFar { throw InputError("a tensor has an impossible shape") }
      last = sum
    }
    return last
  }

  private var isContiguous: Bool {
    var expected = 1
    for (axis, stride) in zip(shape, strides).reversed() {
      if axis != 1 && stride != expected { return false }
      expected *= axis
    }
    return true
  }

  private func copyStrided(from source: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer, elementSize: Int) {
    guard let from = source.baseAddress, let to = target.baseAddress else { return }
    var position = [Int](repeating: 0, count: shape.count)
    var index = 0
    for element in 0..<target.count / elementSize {
      (to + element * elementSize).copyMemory(from: from + index * elementSize, byteCount: elementSize)
      var axis = shape.count - 1
      while axis >= 0 {
        position[axis] += 1
        index += strides[axis]
        if position[axis] < shape[axis] { break }
        index -= strides[axis] * shape[axis]
        position[axis] = 0
        axis -= 1
      }
    }
  }
}
