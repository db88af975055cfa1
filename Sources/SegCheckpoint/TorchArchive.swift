import SegBase
import SegTensor

/// PyTorch's ZIP container: `<root>/data.pkl` describes the tensors, `<root>/data/<key>` hold their numbers, uncompressed.
enum TorchArchive {
  static func read(_ source: TensorSource) throws(InputError) -> Checkpoint {
    let archive = try ZipDirectory(source.bytes)
    guard let name = archive.names.first(where: { $0 == "data.pkl" || $0.hasSuffix("/data.pkl") }) else {
      throw InputError("a ZIP archive without a PyTorch checkpoint in it", advice: "unpack it and give the weight file inside")
    }
    let root = name.dropLast("data.pkl".count)
    if archive.names.contains(root + "constants.pkl") {
      throw InputError("a TorchScript program, not a state dict", advice: "save the weights with torch.save(model.state_dict(), file)")
    }
    if archive.names.contains(root + "byteorder") {
      let order = String(decoding: try archive.contents(of: root + "byteorder").prefix(16), as: UTF8.self)
      if order != "little" { throw InputError("its numbers are big-endian, which is not supported") }
    }
    var unpickler = Unpickler(try archive.contents(of: name))
    let object = try unpickler.load()
    let state = try StateDictionary(in: object, of: unpickler.heap)
    var budget = TensorBudget(fileSize: source.bytes.count)
    let tensors = try state.copied(budget: &budget) { (value, budget) throws(InputError) in
      guard case .tensor(let index) = value else { return nil }
      let stored = unpickler.heap.tensors[index]
      let raw = try archive.contents(of: root + "data/" + stored.storage.key)
      if stored.storage.count > raw.count / stored.storage.type.byteCount {
        throw InputError("its storage is said to hold \(stored.storage.count) numbers but has \(raw.count) bytes", advice: "the file is damaged")
      }
      return try stored.tensor(from: raw, of: source, budget: &budget)
    }
    return Checkpoint(container: .pytorchZip, tensors: tensors, metadata: state.metadata)
  }
}
