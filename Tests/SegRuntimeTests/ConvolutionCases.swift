import SegGraph
import SegTestSupport

@testable import SegRuntime

/// What the tests of several kernels draw and work out in plain code.
extension RandomNumbers {
  /// An activation of straight pieces, or none.
  mutating func straightActivation(channels: Int) -> PostOperation? {
    switch Int.random(in: 0...5, using: &self) {
    case 0: .activation(.relu)
    case 1: .activation(.relu6)
    case 2: .activation(.leakyRelu(slope: 0.1))
    case 3: .activation(.prelu(slopes: floats(channels, in: -0.5...0.5)))
    default: nil
    }
  }

  /// Bytes with or without a sign, of some scale.
  mutating func byteFormat() -> ElementFormat {
    let scale = Float.random(in: 0.01...0.1, using: &self)
    return Bool.random(using: &self) ? .unsigned8(scale: scale) : .signed8(scale: scale)
  }
}

extension Activation {
  /// The result for `x`, which is counted in `unit`, of a channel; straight pieces only.
  func applied(to x: Double, channel: Int, unit: Double) -> Double {
    switch self {
    case .relu: max(x, 0)
    case .relu6: min(max(x, 0), 6 / unit)
    case .leakyRelu(let slope): x > 0 ? x : x * Double(slope)
    case .prelu(let slopes): x > 0 ? x : x * Double(slopes[channel])
    case .sigmoid, .tanh: .nan
    }
  }
}

extension ElementFormat {
  /// What a byte is in units of the scale.
  func number(_ byte: UInt8) -> Int { if case .signed8 = self { Int(Int8(bitPattern: byte)) } else { Int(byte) } }
}
