import SegBase
import SegTensor

/// Reads Python pickles of protocol 2 to 5 without running anything.
///
/// Only the constructors of `PickleGlobal` exist; each makes a plain value. Stack, memo and heap are bounded by the pickle's length and by fixed limits.
struct Unpickler {
  /// Values on the stack and open marks. Real checkpoints stay below 10,000: Python writes dictionaries and lists in batches of 1,000.
  static let largestStack = 1 << 16
  /// Elements of all containers together, memo entries included.
  static let largestHeap = 1 << 22

  var heap = PickleHeap()
  var reader: ByteReader
  var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  private var heapUsed = 0

  init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0) { reader = ByteReader(bytes, at: position) }

  static func damaged(_ what: String) -> InputError { InputError("the file is damaged: \(what)", advice: "download it again") }

  /// Reads one pickle from the current position to its end. Stack and memo start afresh, the heap is kept.
  mutating func load() throws(InputError) -> PickleValue {
    (stack, marks, memo) = ([], [], [:])
    while true {
      let opcode = UInt8(truncatingIfNeeded: try reader.unsigned(1))
      if opcode == UInt8(ascii: ".") { return try pop() }
      if try readNumber(opcode) { continue }
      if try readText(opcode) { continue }
      if try readContainer(opcode) { continue }
      if try readMemo(opcode) { continue }
      if try readObject(opcode) { continue }
      throw Self.damaged("a pickle holds the instruction \(opcode), which no checkpoint uses")
    }
  }

  mutating func push(_ value: PickleValue) throws(InputError) {
    if stack.count >= Self.largestStack { throw Self.damaged("a pickle nests or lists too much at once") }
    stack.append(value)
  }

  mutating func pop() throws(InputError) -> PickleValue {
    if stack.count <= marks.last ?? 0 { throw Self.damaged("a pickle takes a value that is not there") }
    return stack.removeLast()
  }

  /// The values since the last mark, which is removed.
  private mutating func popToMark() throws(InputError) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw Self.damaged("a pickle misses a mark") }
    let values = Array(stack[mark...])
    stack.removeSubrange(mark...)
    return values
  }

  private func top() throws(InputError) -> PickleValue {
    guard stack.count > marks.last ?? 0, let value = stack.last else { throw Self.damaged("a pickle takes a value that is not there") }
    return value
  }

  mutating func charge(_ elements: Int) throws(InputError) {
    heapUsed += elements
    if heapUsed > Self.largestHeap { throw InputError("the file holds more objects than any checkpoint", advice: "save only the state dict") }
  }

  mutating func makeSequence(_ elements: [PickleValue]) throws(InputError) -> Int {
    if elements.isEmpty { return 0 }
    try charge(elements.count + 2)
    heap.sequences.append(elements)
    return heap.sequences.count - 1
  }

  mutating func makeDictionary() throws(InputError) -> Int {
    try charge(2)
    heap.dictionaries.append([])
    return heap.dictionaries.count - 1
  }

  private mutating func readNumber(_ opcode: UInt8) throws(InputError) -> Bool {
    switch opcode {
    case UInt8(ascii: "N"): try push(.none)
    case 0x88: try push(.boolean(true))
    case 0x89: try push(.boolean(false))
    case UInt8(ascii: "K"): try push(.integer(try reader.unsigned(1)))
    case UInt8(ascii: "M"): try push(.integer(try reader.unsigned(2)))
    case UInt8(ascii: "J"): try push(.integer(Int(Int32(truncatingIfNeeded: try reader.unsigned(4)))))
    case UInt8(ascii: "G"):
      let bytes = try reader.take(8)
      try push(.number(Double(bitPattern: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)))))
    case 0x8A: try push(try long(try reader.unsigned(1)))
    case 0x8B: try push(try long(try reader.unsigned(4)))
    default: return false
    }
    return true
  }

  /// A two's complement number of `count` bytes; longer ones than `Int` holds are kept as nothing.
  private mutating func long(_ count: Int) throws(InputError) -> PickleValue {
    let bytes = try reader.take(count)
    guard let last = bytes.last else { return .integer(0) }
    if count > 8 { return .opaque }
    var value = last & 0x80 == 0 ? 0 : -1
    for byte in bytes.reversed() { value = value << 8 | Int(byte) }
    return .integer(value)
  }

  private mutating func readText(_ opcode: UInt8) throws(InputError) -> Bool {
    switch opcode {
    case UInt8(ascii: "X"): try pushText(lengthBytes: 4)
    case 0x8C: try pushText(lengthBytes: 1)
    case 0x8D: try pushText(lengthBytes: 8)
    // Python 2 wrote names as byte strings.
    case UInt8(ascii: "U"): try pushText(lengthBytes: 1)
    case UInt8(ascii: "T"): try pushText(lengthBytes: 4)
    case UInt8(ascii: "C"): try pushBytes(lengthBytes: 1)
    case UInt8(ascii: "B"): try pushBytes(lengthBytes: 4)
    case 0x8E, 0x96: try pushBytes(lengthBytes: 8)
    default: return false
    }
    return true
  }

  private mutating func pushText(lengthBytes: Int) throws(InputError) {
    let count = try reader.unsigned(lengthBytes)
    try push(.text(String(decoding: try reader.take(count), as: UTF8.self)))
  }

  private mutating func pushBytes(lengthBytes: Int) throws(InputError) {
    let count = try reader.unsigned(lengthBytes)
    let start = try reader.skip(count)
    try push(.bytes(start..<start + count))
  }

  private mutating func readContainer(_ opcode: UInt8) throws(InputError) -> Bool {
    switch opcode {
    case UInt8(ascii: "("):
      if marks.count >= Self.largestStack { throw Self.damaged("a pickle nests too deep") }
      marks.append(stack.count)
    case UInt8(ascii: ")"): try push(.tuple(0))
    case UInt8(ascii: "t"): try push(.tuple(try makeSequence(try popToMark())))
    case 0x85, 0x86, 0x87:
      var elements: [PickleValue] = []
      for _ in 0..<Int(opcode - 0x84) { elements.append(try pop()) }
      try push(.tuple(try makeSequence(elements.reversed())))
    case UInt8(ascii: "]"):
      try charge(2)
      heap.sequences.append([])
      try push(.list(heap.sequences.count - 1))
    case UInt8(ascii: "}"): try push(.dictionary(try makeDictionary()))
    case 0x8F: try push(.opaque)
    case UInt8(ascii: "a"):
      let value = try pop()
      try append([value])
    case UInt8(ascii: "e"):
      let values = try popToMark()
      try append(values)
    case UInt8(ascii: "s"):
      let value = try pop()
      let key = try pop()
      try set([key, value])
    case UInt8(ascii: "u"):
      let values = try popToMark()
      try set(values)
    case 0x90: _ = try popToMark()
    case 0x91:
      _ = try popToMark()
      try push(.opaque)
    default: return false
    }
    return true
  }

  private mutating func append(_ values: [PickleValue]) throws(InputError) {
    switch try top() {
    case .list(let index):
      try charge(values.count)
      heap.sequences[index] += values
    case .opaque: break
    default: throw Self.damaged("a pickle appends to something that is not a list")
    }
  }

  private mutating func set(_ values: [PickleValue]) throws(InputError) {
    switch try top() {
    case .dictionary(let index):
      try charge(values.count)
      if !values.count.isMultiple(of: 2) { throw Self.damaged("a pickle sets a key without a value") }
      for pair in stride(from: 0, to: values.count, by: 2) { heap.dictionaries[index].append((values[pair], values[pair + 1])) }
    case .opaque: break
    default: throw Self.damaged("a pickle sets a key of something that is not a dictionary")
    }
  }

  private mutating func readMemo(_ opcode: UInt8) throws(InputError) -> Bool {
    switch opcode {
    case UInt8(ascii: "q"): try remember(try reader.unsigned(1))
    case UInt8(ascii: "r"): try remember(try reader.unsigned(4))
    case 0x94: try remember(memo.count)
    case UInt8(ascii: "h"): try recall(try reader.unsigned(1))
    case UInt8(ascii: "j"): try recall(try reader.unsigned(4))
    case UInt8(ascii: "0"): if stack.count > marks.last ?? 0 { stack.removeLast() } else { _ = try popToMark() }
    case UInt8(ascii: "1"): _ = try popToMark()
    case UInt8(ascii: "2"): try push(try top())
    case 0x80: if try reader.unsigned(1) > 5 { throw InputError("a pickle of a newer protocol than 5") }
    // A frame's length is a hint for buffering.
    case 0x95: _ = try reader.skip(8)
    default: return false
    }
    return true
  }

  private mutating func remember(_ index: Int) throws(InputError) {
    if memo.updateValue(try top(), forKey: index) == nil { try charge(2) }
  }

  private mutating func recall(_ index: Int) throws(InputError) {
    guard let value = memo[index] else { throw Self.damaged("a pickle recalls a value it never kept") }
    try push(value)
  }
}
