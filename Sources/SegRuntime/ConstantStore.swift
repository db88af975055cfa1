import COneDNN
import CSegKernels
import SegGraph

/// Memory for vectors that kernels read during every run; freed with the store.
final class ConstantStore {
  private var blocks: [UnsafeMutableRawPointer] = []
  /// Bytes held.
  private(set) var byteCount = 0

  deinit {
    for block in blocks { block.deallocate() }
    if byteCount >= Int(SEG_LARGE_NETWORK_BYTES) { seg_give_back_memory() }
  }

  /// Memory for `count` elements, 64-byte aligned, as long as the store lives; kernels may read beyond its end as `SEG_READABLE_BEYOND` says.
  func allocate<Element: BitwiseCopyable>(_ count: Int, of type: Element.Type) -> UnsafeMutablePointer<Element> {
    let bytes = max(count * MemoryLayout<Element>.stride, 64)
    let block = UnsafeMutableRawPointer.allocate(byteCount: bytes + Int(SEG_READABLE_BEYOND), alignment: 64)
    (block + bytes).initializeMemory(as: UInt8.self, repeating: 0, count: Int(SEG_READABLE_BEYOND))
    blocks.append(block)
    byteCount += bytes
    return block.initializeMemory(as: type, to: count)
  }

  /// A copy of `values`.
  func copy<Element: BitwiseCopyable>(_ values: [Element]) -> UnsafePointer<Element> {
    let target = allocate(values.count, of: Element.self)
    for (index, value) in values.enumerated() { target[index] = value }
    return UnsafePointer(target)
  }

  /// A copy of `values` and so many of `rest` behind them that there are `count`.
  func copy<Element: BitwiseCopyable>(_ values: [Element], filledUpTo count: Int, with rest: Element) -> UnsafePointer<Element> {
    copy(values + [Element](repeating: rest, count: count - values.count))
  }

  /// A copy of whole numbers.
  func copy(_ values: [Int]) -> UnsafePointer<Int32> {
    let target = allocate(values.count, of: Int32.self)
    for (index, value) in values.enumerated() { target[index] = Int32(value) }
    return UnsafePointer(target)
  }

  /// An activation of numbers that are counted in `unit`.
  func activation(_ activation: Activation?, channels: Int, in unit: Float) -> SegActivation {
    var made = self.activation(activation, channels: channels)
    made.upper /= unit
    return made
  }

  /// An activation of numbers that are counted in `unit`, whose slopes are filled up to `channels` with zeros.
  func activation(_ activation: Activation?, filledUpTo channels: Int, in unit: Float) -> SegActivation {
    var filled = activation
    if case .prelu(let slopes)? = activation { filled = .prelu(slopes: slopes + [Float](repeating: 0, count: channels - slopes.count)) }
    return self.activation(filled, channels: channels, in: unit)
  }

  /// An activation in the kernels' form: slopes below zero, a limit above, and a slow function.
  func activation(_ activation: Activation?, channels: Int) -> SegActivation {
    let same = { (slope: Float) in self.copy([Float](repeating: slope, count: channels)) }
    return switch activation {
    case nil: SegActivation(slopes: nil, upper: .infinity, function: 0)
    case .relu: SegActivation(slopes: same(0), upper: .infinity, function: 0)
    case .relu6: SegActivation(slopes: same(0), upper: 6, function: 0)
    case .leakyRelu(let slope): SegActivation(slopes: same(slope), upper: .infinity, function: 0)
    case .prelu(let slopes): SegActivation(slopes: copy(slopes), upper: .infinity, function: 0)
    case .sigmoid: SegActivation(slopes: nil, upper: .infinity, function: 1)
    case .tanh: SegActivation(slopes: nil, upper: .infinity, function: 2)
    }
  }
}

extension UnsafeMutableRawPointer {
  /// Initializes `count` elements to zero bits and returns them.
  fileprivate func initializeMemory<Element: BitwiseCopyable>(as type: Element.Type, to count: Int) -> UnsafeMutablePointer<Element> {
    initializeMemory(as: UInt8.self, repeating: 0, count: count * MemoryLayout<Element>.stride)
    return bindMemory(to: type, capacity: count)
  }
}
