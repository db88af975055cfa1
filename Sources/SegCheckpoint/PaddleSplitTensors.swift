import SegBase
import SegTensor

/// Joins tensors of more than 1 GiB, whose flattened numbers Paddle writes in parts under the pickle protocols 2 and 3, with how to join them beside.
struct PaddleSplitTensors {
  private static let key = "UnpackBigParamInfor@@"

  private let tensors: NamedTensors
  private var used: Set<String> = []
  private var joined: [(name: String, tensor: Tensor)] = []

  /// The tensors of a state dict with split ones whole, at the end. Throws when a part is missing, is used twice, or the parts do not fill the shape.
  static func join(_ tensors: NamedTensors, in dictionary: Int, of heap: PickleHeap, budget: inout TensorBudget) throws(InputError) -> NamedTensors {
    guard case .dictionary(let index)? = heap.entry(key, of: dictionary) else { return tensors }
    var splits = PaddleSplitTensors(tensors: tensors)
    for case (.text(let name), .dictionary(let facts)) in heap.dictionaries[index] {
      guard heap.dictionaries[facts].count <= 8, let shape = heap.entry("OriginShape", of: facts).flatMap(heap.integers),
        let parts = heap.entry("slices", of: facts).flatMap(heap.sequence)
      else { throw damaged(name, "its parts are described wrongly") }
      let tensor = try splits.tensor(name, shape, of: parts, budget: &budget)
      splits.joined.append((name, tensor))
    }
    var result = tensors.renamed { splits.used.contains($0) ? nil : $0 }
    for (name, tensor) in splits.joined { try result.add(name) { tensor } }
    return result
  }

  private init(tensors: NamedTensors) { self.tensors = tensors }

  private static func damaged(_ name: String, _ what: String) -> InputError { Unpickler.damaged("tensor \(name.prefix(200)): \(what)") }

  private mutating func tensor(_ name: String, _ shape: [Int], of list: [PickleValue], budget: inout TensorBudget) throws(InputError) -> Tensor {
    var parts: [Tensor] = []
    for case .text(let part) in list {
      // A part belongs to one tensor, so the parts of all are no more than there are tensors.
      guard used.insert(part).inserted, let tensor = tensors[part] else { throw Self.damaged(name, "its part \(part.prefix(200)) is missing") }
      parts.append(tensor)
    }
    guard let type = parts.first?.elementType, parts.allSatisfy({ $0.elementType == type }),
      try StoredTensor.count(of: shape) == parts.reduce(0, { $0 + $1.count })
    else { throw Self.damaged(name, "its parts do not fill its shape") }
    try budget.take(parts.reduce(0) { $0 + $1.count * type.byteCount })
    return Tensor(shape: shape, elementType: type) { target in
      var position = 0
      for part in parts {
        part.withUnsafeBytes { numbers in
          UnsafeMutableRawBufferPointer(rebasing: target[position...]).copyMemory(from: numbers)
          position += numbers.count
        }
      }
    }
  }
}
