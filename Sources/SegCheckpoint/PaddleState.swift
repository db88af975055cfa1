import SegBase
import SegTensor

/// What `paddle.save` writes for a state dict: one pickle of a dictionary of NumPy arrays.
enum PaddleState {
  static func read(_ source: TensorSource) throws(InputError) -> Checkpoint {
    var unpickler = Unpickler(source.bytes)
    let root = try unpickler.load()
    let state = try StateDictionary(in: root, of: unpickler.heap)
    var budget = TensorBudget(fileSize: source.bytes.count)
    let tensors = try state.copied(budget: &budget) { (value, budget) throws(InputError) in
      guard case .array(let index) = value else { return nil }
      return try tensor(unpickler.heap.arrays[index], in: source, budget: &budget)
    }
    let whole = try PaddleSplitTensors.join(tensors, in: state.dictionary, of: unpickler.heap, budget: &budget)
    return Checkpoint(container: .paddle, tensors: whole.renamed { PaddleOptimiser.owns($0) ? nil : $0 }, metadata: state.metadata)
  }

  private static func tensor(
    _ array: PickledArray, in source: TensorSource, budget: inout TensorBudget
  ) throws(InputError) -> Tensor {
    guard let type = array.type else { throw InputError("its numbers are of an unknown type") }
    var strides = [Int](repeating: 1, count: array.shape.count)
    let count = try StoredTensor.count(of: array.shape)
    if array.isFortranOrder {
      for axis in array.shape.indices.dropFirst() { strides[axis] = strides[axis - 1] * array.shape[axis - 1] }
    } else {
      for axis in array.shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * array.shape[axis + 1] }
    }
    let stored = StoredTensor(
      storage: StoredNumbers(key: "", type: type, count: count, visible: 0..<count), offset: 0, shape: array.shape, strides: strides)
    switch array.bytes {
    case .inFile(let range): return try stored.tensor(from: UnsafeRawBufferPointer(rebasing: source.bytes[range]), of: source, budget: &budget)
    case .text(let text):
      var raw: [UInt8] = []
      raw.reserveCapacity(text.utf8.count)
      for scalar in text.unicodeScalars {
        guard let byte = UInt8(exactly: scalar.value) else { throw Unpickler.damaged("an array's bytes are not bytes") }
        raw.append(byte)
      }
      return try raw.withUnsafeBufferPointer { (buffer) throws(InputError) in
        let bytes = UnsafeRawBufferPointer(buffer)
        return try stored.tensor(from: bytes, of: TensorSource(bytes), budget: &budget)
      }
    case nil: throw Unpickler.damaged("an array without numbers")
    }
  }
}
