/// How the elements of a value lie in memory.
public enum ElementFormat: Hashable, Sendable {
  /// IEEE single precision, four bytes.
  case float32
  /// The upper half of a single precision number, two bytes.
  case bfloat16
  /// `scale` times a signed byte.
  case signed8(scale: Float)
  /// `scale` times an unsigned byte.
  case unsigned8(scale: Float)

  /// Bytes of an element.
  public var byteCount: Int {
    switch self {
    case .float32: 4
    case .bfloat16: 2
    case .signed8, .unsigned8: 1
    }
  }

  /// The arithmetic that reads such elements.
  public var precision: Precision {
    switch self {
    case .float32: .float32
    case .bfloat16: .bfloat16
    case .signed8, .unsigned8: .int8
    }
  }

  /// `value` as it is after it was stored in this format: the nearest number there is, ties to even; bytes end at their limits.
  public func rounded(_ value: Float) -> Float {
    switch self {
    case .float32: value
    case .bfloat16: Float(bitPattern: (value.bitPattern &+ 0x7FFF &+ (value.bitPattern >> 16 & 1)) & 0xFFFF_0000)
    case .signed8(let scale): min(max((value / scale).rounded(.toNearestOrEven), -128), 127) * scale
    case .unsigned8(let scale): min(max((value / scale).rounded(.toNearestOrEven), 0), 255) * scale
    }
  }
}
