import SegBase
import SegTensor

extension Unpickler {
  /// The instructions that name, make or change objects.
  mutating func readObject(_ opcode: UInt8) throws(InputError) -> Bool {
    switch opcode {
    case UInt8(ascii: "c"):
      let module = try reader.line(limit: 1000)
      try pushGlobal(module: module, name: try reader.line(limit: 1000))
    case 0x93:
      guard case .text(let name) = try pop(), case .text(let module) = try pop() else { throw Self.damaged("a pickle names a global without a text") }
      try pushGlobal(module: module, name: name)
    case UInt8(ascii: "R"), 0x81:
      let arguments = try pop()
      try push(try make(try pop(), try elements(arguments)))
    case 0x92:
      _ = try pop()
      let arguments = try pop()
      try push(try make(try pop(), try elements(arguments)))
    case UInt8(ascii: "b"):
      let state = try pop()
      let object = try pop()
      try build(object, state)
      try push(object)
    case UInt8(ascii: "Q"):
      try push(try persistent(try pop()))
    default: return false
    }
    return true
  }

  private mutating func pushGlobal(module: String, name: String) throws(InputError) {
    guard let global = PickleGlobal(module: module, name: name) else {
      throw InputError(
        "the file asks for \(module.prefix(100)).\(name.prefix(100)), which is never run",
        advice: "save the plain state dict: torch.save(model.state_dict(), file)")
    }
    try push(.global(global))
  }

  private func elements(_ arguments: PickleValue) throws(InputError) -> [PickleValue] {
    guard case .tuple(let index) = arguments else { throw Self.damaged("a pickle calls with something that is not a tuple") }
    return heap.sequences[index]
  }

  private mutating func make(_ callable: PickleValue, _ arguments: [PickleValue]) throws(InputError) -> PickleValue {
    guard case .global(let global) = callable else { throw Self.damaged("a pickle calls something that is not a constructor") }
    switch global {
    case .orderedDictionary: return try dictionary(pairs: arguments.first)
    case .defaultDictionary: return try dictionary(pairs: arguments.dropFirst().first)
    case .rebuildTensor: return try tensor(arguments)
    case .rebuildParameter:
      guard let first = arguments.first, case .tensor = first else { throw Self.damaged("a parameter without a tensor") }
      return first
    case .tuple:
      guard let first = arguments.first, heap.sequence(first) != nil else { return .opaque }
      return first
    case .numpyReconstruct:
      try charge(4)
      heap.arrays.append(PickledArray())
      return .array(heap.arrays.count - 1)
    case .numpyType:
      guard case .text(let name)? = arguments.first else { return .opaque }
      return .text(name)
    case .encode:
      // How protocol 2 writes bytes: a text whose characters are the bytes.
      guard let first = arguments.first, case .text = first else { return .opaque }
      return first
    case .storage, .numpyArray, .ignored: return .opaque
    }
  }

  private mutating func dictionary(pairs: PickleValue?) throws(InputError) -> PickleValue {
    let index = try makeDictionary()
    guard let pairs, let list = heap.sequence(pairs) else { return .dictionary(index) }
    try charge(2 * list.count)
    for item in list {
      guard let pair = heap.sequence(item), pair.count == 2 else { throw Self.damaged("a dictionary is made of something that is not pairs") }
      heap.dictionaries[index].append((pair[0], pair[1]))
    }
    return .dictionary(index)
  }

  private mutating func tensor(_ arguments: [PickleValue]) throws(InputError) -> PickleValue {
    guard arguments.count >= 4, case .storage(let storage) = arguments[0], case .integer(let offset) = arguments[1],
      let shape = heap.integers(arguments[2]), let strides = heap.integers(arguments[3])
    else { throw Self.damaged("a tensor is described wrongly") }
    try charge(8 + 2 * shape.count)
    heap.tensors.append(StoredTensor(storage: heap.storages[storage], offset: offset, shape: shape, strides: strides))
    return .tensor(heap.tensors.count - 1)
  }

  /// ('storage', class, key, location, count) and, in some legacy files, (key, offset, count) of the part that is seen.
  private mutating func persistent(_ value: PickleValue) throws(InputError) -> PickleValue {
    guard case .tuple(let index) = value else { throw Self.damaged("a storage is described wrongly") }
    let parts = heap.sequences[index]
    guard parts.count >= 5, case .text("storage") = parts[0], case .global(.storage(let type)) = parts[1], case .text(let key) = parts[2],
      case .integer(let count) = parts[4], count >= 0, count <= 1 << 48
    else { throw Self.damaged("a storage is described wrongly") }
    var visible = 0..<count
    if parts.count > 5, let view = heap.sequence(parts[5]) {
      guard view.count == 3, case .integer(let start) = view[1], case .integer(let length) = view[2], start >= 0, length >= 0, start <= count,
        length <= count - start
      else { throw Self.damaged("a storage is described wrongly") }
      visible = start..<start + length
    }
    try charge(8)
    heap.storages.append(StoredNumbers(key: key, type: type, count: count, visible: visible))
    return .storage(heap.storages.count - 1)
  }

  /// Gives an object its state. Only arrays have one that matters: (version, shape, type, Fortran order, bytes).
  private mutating func build(_ object: PickleValue, _ state: PickleValue) throws(InputError) {
    guard case .array(let index) = object else { return }
    guard let parts = heap.sequence(state), parts.count == 5, let shape = heap.integers(parts[1]), case .boolean(let fortran) = parts[3] else {
      throw Self.damaged("an array is described wrongly")
    }
    var array = PickledArray(shape: shape, isFortranOrder: fortran)
    if case .text(let type) = parts[2] { array.type = ElementType(numpy: type) }
    switch parts[4] {
    case .bytes(let range): array.bytes = .inFile(range)
    case .text(let text): array.bytes = .text(text)
    default: break
    }
    heap.arrays[index] = array
  }
}

extension ElementType {
  /// The type NumPy calls "f4", "<f4", "|i1" and so on; nil for others and for big-endian ones.
  init?(numpy name: String) {
    if name.hasPrefix(">") { return nil }
    let types: [String: ElementType] = [
      "f8": .float64, "f4": .float32, "f2": .float16, "i8": .int64, "i4": .int32, "i2": .int16, "i1": .int8, "u1": .uint8, "b1": .bool,
    ]
    guard let type = types[name.hasPrefix("<") || name.hasPrefix("|") ? String(name.dropFirst()) : name] else { return nil }
    self = type
  }
}
