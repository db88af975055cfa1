import SegBase
import SegTensor

/// Finds the state dict in what a checkpoint's pickle made: the object itself, or a dictionary inside it.
struct StateDictionary {
  private static let deepest = 4
  private static let preferred = ["state_dict", "model_state_dict", "model_state", "model", "net", "network", "params", "weights", "module", "generator"]
  private static let passedOver = ["optim", "sched", "scaler", "amp", "rng", "loss"]

  /// The tensors by name, in file order; a name that is set twice has its last value.
  let tensors: [(name: String, tensor: PickleValue)]
  /// Which of the heap's dictionaries it is.
  let dictionary: Int
  /// Numbers and short texts of the dictionaries around the state dict.
  let metadata: [String: String]

  init(in root: PickleValue, of heap: PickleHeap) throws(InputError) {
    var search = Search(heap: heap)
    search.visit(root, depth: 0, rank: Self.preferred.count)
    guard let best = search.best else {
      throw InputError("the file holds no state dict", advice: "save one with torch.save(model.state_dict(), file)")
    }
    dictionary = best.dictionary
    tensors = Self.tensors(of: best.dictionary, heap)
    metadata = search.metadata
  }

  /// The tensors that `copy` makes, in file order; values it gives nil for are left out. Errors say which tensor they are about.
  func copied(
    budget: inout TensorBudget, _ copy: (PickleValue, inout TensorBudget) throws(InputError) -> Tensor?
  ) throws(InputError) -> NamedTensors {
    var result = NamedTensors()
    for (name, value) in tensors {
      try result.add(name) { () throws(InputError) in try copy(value, &budget) }
    }
    return result
  }

  /// What a value of a state dict holds: a tensor, an array, or the array of the pair (name, array) that Paddle writes inside wrappers.
  private static func tensor(_ value: PickleValue, _ heap: PickleHeap) -> PickleValue? {
    switch value {
    case .tensor, .array: return value
    case .tuple(let index):
      guard heap.sequences[index].count == 2, case .text = heap.sequences[index][0], case .array = heap.sequences[index][1] else { return nil }
      return heap.sequences[index][1]
    default: return nil
    }
  }

  private static func tensors(of dictionary: Int, _ heap: PickleHeap) -> [(name: String, tensor: PickleValue)] {
    var result: [(name: String, tensor: PickleValue)] = []
    var places: [String: Int] = [:]
    for (key, value) in heap.dictionaries[dictionary] {
      guard case .text(let name) = key else { continue }
      guard let value = tensor(value, heap) else { continue }
      if let place = places.updateValue(result.count, forKey: name) {
        places[name] = place
        result[place].tensor = value
      } else {
        result.append((name, value))
      }
    }
    return result
  }

  private struct Search {
    let heap: PickleHeap
    var best: (dictionary: Int, tensors: Int, rank: Int)?
    var metadata: [String: String] = [:]
    var seen: Set<Int> = []

    mutating func visit(_ value: PickleValue, depth: Int, rank: Int) {
      if depth > StateDictionary.deepest { return }
      switch value {
      case .tuple(let index), .list(let index):
        // A pair of model and optimiser, as some libraries save.
        if depth == 0 { for element in heap.sequences[index].prefix(8) { visit(element, depth: depth + 1, rank: rank) } }
      case .dictionary(let index): visit(dictionary: index, depth: depth, rank: rank)
      default: break
      }
    }

    private mutating func visit(dictionary index: Int, depth: Int, rank: Int) {
      if !seen.insert(index).inserted { return }
      var tensors = 0
      for (key, value) in heap.dictionaries[index] {
        guard case .text(let name) = key else { continue }
        if StateDictionary.tensor(value, heap) != nil {
          tensors += 1
          continue
        }
        switch value {
        case .integer(let number): note(name, String(number))
        case .number(let number): note(name, String(number))
        case .text(let text): note(name, text)
        case .dictionary, .tuple, .list:
          let lowercase = name.lowercased()
          if name.hasSuffix("@@") || StateDictionary.passedOver.contains(where: { lowercase.contains($0) }) { continue }
          visit(value, depth: depth + 1, rank: StateDictionary.preferred.firstIndex(of: lowercase) ?? StateDictionary.preferred.count)
        default: break
        }
      }
      if tensors == 0 { return }
      if let best, (best.tensors, -best.rank) >= (tensors, -rank) { return }
      best = (index, tensors, rank)
    }

    private mutating func note(_ name: String, _ text: String) {
      if metadata.count < 64, name.utf8.count <= 100, text.utf8.count <= 200 { metadata[name] = text }
    }
  }
}
