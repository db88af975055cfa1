import SegTensor

/// The only functions and classes a pickle may name. None of them is run: each stands for a value this module makes itself.
enum PickleGlobal: Equatable {
  case orderedDictionary
  case defaultDictionary
  case rebuildTensor
  case rebuildParameter
  /// `tuple`, or `torch.Size`, which is one.
  case tuple
  case storage(ElementType)
  case numpyReconstruct
  case numpyArray
  case numpyType
  case encode
  /// Known to be harmless; nothing is kept of it.
  case ignored

  /// The global of that module and name; nil when it is not allowed.
  init?(module: String, name: String) {
    guard let known = Self.allowed[module + " " + name] else { return nil }
    self = known
  }

  private static let allowed: [String: PickleGlobal] = {
    var table: [String: PickleGlobal] = [
      "collections OrderedDict": .orderedDictionary,
      "collections defaultdict": .defaultDictionary,
      "torch._utils _rebuild_tensor": .rebuildTensor,
      "torch._utils _rebuild_tensor_v2": .rebuildTensor,
      "torch._utils _rebuild_parameter": .rebuildParameter,
      "torch Size": .tuple,
      "_codecs encode": .encode,
      "numpy ndarray": .numpyArray,
      "numpy dtype": .numpyType,
      // Beside state dicts: options, devices and scores that training scripts save.
      "torch device": .ignored,
      "argparse Namespace": .ignored,
      "collections Counter": .ignored,
    ]
    for module in ["numpy.core.multiarray", "numpy._core.multiarray"] {
      table[module + " _reconstruct"] = .numpyReconstruct
      table[module + " scalar"] = .ignored
    }
    for module in ["builtins", "__builtin__"] {
      table[module + " tuple"] = .tuple
      for name in ["set", "frozenset", "complex", "slice", "dict", "list", "int", "float", "bool", "str"] { table[module + " " + name] = .ignored }
    }
    for name in ["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"] { table["torch " + name] = .ignored }
    let storages: [(String, ElementType)] = [
      ("Double", .float64), ("Float", .float32), ("Half", .float16), ("BFloat16", .bfloat16), ("Long", .int64), ("Int", .int32), ("Short", .int16),
      ("Char", .int8), ("Byte", .uint8), ("Bool", .bool),
    ]
    for (name, type) in storages {
      table["torch \(name)Storage"] = .storage(type)
      table["torch.cuda \(name)Storage"] = .storage(type)
    }
    return table
  }()
}
