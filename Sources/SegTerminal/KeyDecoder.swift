/// Turns the bytes a terminal sends into keys.
///
/// Sequences may arrive split anywhere. What a terminal answers to a query (device attributes, cursor position, colours, graphics) is recognised
/// and dropped, as is pasted text's frame and everything malformed. A value: feed it bytes, take keys; nothing is read or waited for here.
struct KeyDecoder {
  private var pending: [UInt8] = []
  private var keys: [KeyEvent] = []
  private var taken = 0

  /// The longest control sequence that is waited for; longer ones are dropped.
  static let longestSequence = 4096

  /// Whether bytes of an unfinished sequence wait; a lone escape is a key only when nothing follows it for a while.
  var isWaiting: Bool { !pending.isEmpty }

  /// Takes bytes as they were read.
  mutating func feed(_ bytes: some Sequence<UInt8>) {
    pending.append(contentsOf: bytes)
    decode(final: false)
  }

  /// Nothing came for a while: a lone escape is the Escape key, and `ESC [` a key with Alt.
  ///
  /// The beginning of a longer sequence still waits for the rest, which a slow line may bring late, unless `everything` is given up.
  mutating func flush(everything: Bool = false) {
    if everything || pending.count <= 2 { decode(final: true) }
  }

  /// The next key.
  mutating func next() -> KeyEvent? {
    if taken == keys.count {
      keys.removeAll(keepingCapacity: true)
      taken = 0
      return nil
    }
    taken += 1
    return keys[taken - 1]
  }

  private mutating func decode(final: Bool) {
    var position = 0
    while position < pending.count {
      let used = sequence(from: position, final: final)
      if used == 0 { break }
      position += used
    }
    pending.removeFirst(position)
  }

  /// Decodes one sequence and returns its length in bytes; 0 when more bytes are needed.
  private mutating func sequence(from start: Int, final: Bool) -> Int {
    let first = pending[start]
    switch first {
    case 0x1B: return escape(from: start, final: final)
    case 0x0D, 0x0A: keys.append(.enter)
    case 0x09: keys.append(.tab)
    case 0x7F, 0x08: keys.append(.backspace)
    case 0x00: keys.append(.control(" "))
    case 0x01...0x1A: keys.append(.control(Character(Unicode.Scalar(first + 0x60))))
    case 0x1C...0x1F: break
    case 0x20...0x7E: keys.append(.character(Character(Unicode.Scalar(first))))
    default: return scalar(from: start, final: final)
    }
    return 1
  }

  private mutating func scalar(from start: Int, final: Bool) -> Int {
    let first = pending[start]
    let length = first >= 0xF0 && first < 0xF5 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0
    if length == 0 || first >= 0xF5 { return 1 }
    var value = UInt32(first & (0x7F >> UInt8(length)))
    for offset in 1..<length {
      if start + offset >= pending.count { return final ? pending.count - start : 0 }
      let byte = pending[start + offset]
      if byte & 0xC0 != 0x80 { return offset }
      value = value << 6 | UInt32(byte & 0x3F)
    }
    let least: [UInt32] = [0, 0, 0x80, 0x800, 0x10000]
    if value >= least[length], value >= 0xA0, let scalar = Unicode.Scalar(value) { keys.append(.character(Character(scalar))) }
    return length
  }

  private mutating func escape(from start: Int, final: Bool) -> Int {
    guard start + 1 < pending.count else {
      if !final { return 0 }
      keys.append(.escape)
      return 1
    }
    switch pending[start + 1] {
    case UInt8(ascii: "["): return controlSequence(from: start, final: final)
    case UInt8(ascii: "O"): return singleShift(from: start, final: final)
    case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "_"), UInt8(ascii: "^"), UInt8(ascii: "X"): return string(from: start, final: final)
    case 0x1B:
      // Escape pressed twice, or Alt with a key that is a sequence itself: the first is a key of its own.
      keys.append(.escape)
      return 1
    default:
      // Alt with a key: Alt is not told apart.
      return 1
    }
  }

  /// `ESC O x`: arrows and function keys of the application keypad.
  private mutating func singleShift(from start: Int, final: Bool) -> Int {
    guard start + 2 < pending.count else {
      if !final { return 0 }
      keys.append(.character("O"))
      return 2
    }
    let last = pending[start + 2]
    if last < 0x40 || last > 0x7E { return 2 }
    if let key = KeyDecoder.lettered(last, shifted: false) { keys.append(key) }
    return 3
  }

  /// Device control, operating system command and the like: terminal replies, up to ST or BEL. They are no keys.
  private mutating func string(from start: Int, final: Bool) -> Int {
    var index = start + 2
    while index < pending.count {
      let byte = pending[index]
      if byte == 0x07 { return index + 1 - start }
      if byte == 0x1B {
        if index + 1 == pending.count { return final ? index - start : 0 }
        return index + (pending[index + 1] == UInt8(ascii: "\\") ? 2 : 0) - start
      }
      index += 1
    }
    if index - start > KeyDecoder.longestSequence { return index - start }
    if !final { return 0 }
    // Alt with "]", "P" and so on is two bytes only; a reply that broke off is dropped whole.
    return index - start
  }

  /// `ESC [ parameters intermediates final`.
  private mutating func controlSequence(from start: Int, final: Bool) -> Int {
    var index = start + 2
    if index < pending.count && pending[index] == UInt8(ascii: "[") {
      // The Linux console's F1 to F5: ESC [ [ A ... E.
      guard index + 1 < pending.count else { return final ? 3 : 0 }
      let last = pending[index + 1]
      if (0x41...0x45).contains(last) { keys.append(.function(Int(last) - 0x40)) }
      return 4
    }
    while index < pending.count && (0x20...0x3F).contains(pending[index]) { index += 1 }
    guard index < pending.count else {
      if !final && index - start <= KeyDecoder.longestSequence { return 0 }
      return index - start
    }
    let last = pending[index]
    // Anything but a final byte ends the sequence without belonging to it.
    if last < 0x40 || last > 0x7E { return index - start }
    if last == UInt8(ascii: "M") && index == start + 2 { return legacyMouse(from: start, final: final) }
    if let key = KeyDecoder.control(parameters: pending[(start + 2)..<index], last: last) { keys.append(key) }
    return index + 1 - start
  }

  /// `ESC [ M` and three bytes: the mouse report of terminals without the SGR one.
  private mutating func legacyMouse(from start: Int, final: Bool) -> Int {
    guard start + 5 < pending.count else { return final ? pending.count - start : 0 }
    let values = (3...5).map { Int(pending[start + $0]) - 32 }
    if values[0] & 0x43 != 3, let button = KeyDecoder.button(values[0]) {
      keys.append(.mouse(button, column: max(0, values[1] - 1), row: max(0, values[2] - 1)))
    }
    return 6
  }
}

extension KeyDecoder {
  /// The key of a control sequence, nil when it is a reply or unknown.
  static func control(parameters: ArraySlice<UInt8>, last: UInt8) -> KeyEvent? {
    if let mark = parameters.first, mark == UInt8(ascii: "<") {
      let values = numbers(parameters.dropFirst())
      guard last == UInt8(ascii: "M"), values.count == 3, let button = button(values[0]) else { return nil }
      return .mouse(button, column: max(0, values[1] - 1), row: max(0, values[2] - 1))
    }
    // Private marks belong to replies.
    if let mark = parameters.first, (0x3C...0x3F).contains(mark) { return nil }
    if parameters.contains(where: { (0x20...0x2F).contains($0) }) { return nil }
    let values = numbers(parameters)
    let shifted = values.count > 1 && values[1] > 1
    if last == UInt8(ascii: "~") { return numbered(values.first ?? 0) }
    // A cursor position report ends in R as F3 does with modifiers: F3 says 1 first, and row 1 is never asked for.
    if last == UInt8(ascii: "R") && values.count == 2 && values[0] != 1 { return nil }
    if last == UInt8(ascii: "u") { return unicode(values) }
    return lettered(last, shifted: shifted)
  }

  /// The key that a final letter means after `ESC [` or `ESC O`.
  static func lettered(_ last: UInt8, shifted: Bool) -> KeyEvent? {
    switch last {
    case UInt8(ascii: "A"): .arrow(.up, shifted: shifted)
    case UInt8(ascii: "B"): .arrow(.down, shifted: shifted)
    case UInt8(ascii: "C"): .arrow(.right, shifted: shifted)
    case UInt8(ascii: "D"): .arrow(.left, shifted: shifted)
    case UInt8(ascii: "a"): .arrow(.up, shifted: true)
    case UInt8(ascii: "b"): .arrow(.down, shifted: true)
    case UInt8(ascii: "c"): .arrow(.right, shifted: true)
    case UInt8(ascii: "d"): .arrow(.left, shifted: true)
    case UInt8(ascii: "H"): .home
    case UInt8(ascii: "F"): .end
    case UInt8(ascii: "Z"): .backTab
    case UInt8(ascii: "M"): .enter
    case UInt8(ascii: "P"): .function(1)
    case UInt8(ascii: "Q"): .function(2)
    case UInt8(ascii: "R"): .function(3)
    case UInt8(ascii: "S"): .function(4)
    default: nil
    }
  }

  /// The key of `ESC [ number ~`.
  private static func numbered(_ number: Int) -> KeyEvent? {
    switch number {
    case 1, 7: .home
    case 2: .insert
    case 3: .delete
    case 4, 8: .end
    case 5: .pageUp
    case 6: .pageDown
    case 11...15: .function(number - 10)
    case 17...21: .function(number - 11)
    case 23...26: .function(number - 12)
    case 28, 29: .function(number - 13)
    case 31...34: .function(number - 14)
    default: nil
    }
  }

  /// The key of `ESC [ scalar ; modifiers u`.
  private static func unicode(_ values: [Int]) -> KeyEvent? {
    guard let value = values.first, let scalar = Unicode.Scalar(UInt32(value)) else { return nil }
    switch value {
    case 27: return .escape
    case 13: return .enter
    case 9: return .tab
    case 127, 8: return .backspace
    case 0x20...0x7E, 0xA0...:
      let control = values.count > 1 && values[1] > 1 && (values[1] - 1) & 4 != 0
      return control ? .control(Character(scalar)) : .character(Character(scalar))
    default: return nil
    }
  }

  private static func button(_ code: Int) -> KeyEvent.MouseButton? {
    if code & 0x20 != 0 { return nil }
    switch code & 0xC3 {
    case 0: return .left
    case 1: return .middle
    case 2: return .right
    case 0x40: return .wheelUp
    case 0x41: return .wheelDown
    default: return nil
    }
  }

  /// Numbers between semicolons, an absent one 0, each at most 2^24; a sub-parameter after a colon is left out.
  private static func numbers(_ bytes: ArraySlice<UInt8>) -> [Int] {
    if bytes.isEmpty { return [] }
    var values = [0]
    var skipping = false
    for byte in bytes {
      if byte == UInt8(ascii: ";") {
        values.append(0)
        skipping = false
      } else if byte == UInt8(ascii: ":") {
        skipping = true
      } else if !skipping, (0x30...0x39).contains(byte) {
        values[values.count - 1] = min(1 << 24, values[values.count - 1] * 10 + Int(byte - 0x30))
      }
    }
    return values
  }
}
