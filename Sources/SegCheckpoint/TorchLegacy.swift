import SegBase
import SegTensor

/// PyTorch's container before version 1.6: five pickles (magic number, protocol, system, object, storage keys), then for each key a count and the numbers.
enum TorchLegacy {
  /// The first pickle, which never differs.
  static let magic: [UInt8] = [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]

  static func read(_ source: TensorSource) throws(InputError) -> Checkpoint {
    var unpickler = Unpickler(source.bytes, at: magic.count)
    guard case .integer(1001) = try unpickler.load() else { throw InputError("an unknown version of PyTorch's legacy format") }
    if case .dictionary(let system) = try unpickler.load(), case .boolean(false)? = unpickler.heap.entry("little_endian", of: system) {
      throw InputError("its numbers are big-endian, which is not supported")
    }
    let root = try unpickler.load()
    let list = try unpickler.load()
    guard let keys = unpickler.heap.sequence(list) else { throw Unpickler.damaged("the list of storages is missing") }
    let storages = try storages(keys, types: unpickler.heap.storages, reader: unpickler.reader)

    let state = try StateDictionary(in: root, of: unpickler.heap)
    var budget = TensorBudget(fileSize: source.bytes.count)
    let tensors = try state.copied(budget: &budget) { (value, budget) throws(InputError) in
      guard case .tensor(let index) = value else { return nil }
      let stored = unpickler.heap.tensors[index]
      guard let raw = storages[stored.storage.key] else { throw Unpickler.damaged("its storage is missing") }
      return try stored.tensor(from: raw, of: source, budget: &budget)
    }
    return Checkpoint(container: .pytorchLegacy, tensors: tensors, metadata: state.metadata)
  }

  private static func storages(
    _ keys: [PickleValue], types: [StoredNumbers], reader: ByteReader
  ) throws(InputError) -> [String: UnsafeRawBufferPointer] {
    var reader = reader
    var described: [String: StoredNumbers] = [:]
    for storage in types {
      if let known = described[storage.key], known.type != storage.type || known.count != storage.count {
        throw Unpickler.damaged("a storage is described in two ways")
      }
      described[storage.key] = storage
    }
    var result: [String: UnsafeRawBufferPointer] = [:]
    for key in keys {
      guard case .text(let key) = key, let storage = described[key] else { throw Unpickler.damaged("a storage belongs to no tensor") }
      let count = try reader.unsigned(8)
      if count != storage.count { throw Unpickler.damaged("a storage has \(count) numbers where \(storage.count) are described") }
      let (size, overflow) = count.multipliedReportingOverflow(by: storage.type.byteCount)
      if overflow { throw Unpickler.damaged("a size is impossibly large") }
      result[key] = try reader.take(size)
    }
    return result
  }
}
