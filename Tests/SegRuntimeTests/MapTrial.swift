import CSegKernels
import SegGraph
import SegTensor
import SegTestSupport

@testable import SegRuntime

/// A convolution from one map to another of the same kind of numbers, and how a kernel is run on it.
struct MapTrial {
  let drawn: DrawnConvolution
  /// Elements between the pixels of each map.
  var gaps = (input: 0, added: 0, output: 0)
  /// Whether what is added lies where the output is written.
  var isInPlace = false
  /// Whether reading more than 64 bytes behind a map, or anything behind the scratch, ends the process.
  var isGuarded = false

  init(_ drawn: DrawnConvolution) { self.drawn = drawn }

  /// What `run` writes from one map to the other, without gaps; nil where anything else was written there. Scratch is of the memory.
  func bytes(_ run: (SegTypedMap, SegTypedMap, GuardedMemory, ConstantStore) throws -> Void) rethrows -> [UInt8]? {
    try bytesAdding { source, target, _, memory, constants in try run(source, target, memory, constants) }
  }

  /// The same with the map that is added, third.
  func bytesAdding(_ run: (SegTypedMap, SegTypedMap, SegTypedMap?, GuardedMemory, ConstantStore) throws -> Void) rethrows -> [UInt8]? {
    let (memory, constants) = (GuardedMemory(isGuarded: isGuarded), ConstantStore())
    let (input, output) = (SpacedMap(typed: drawn.input, gap: gaps.input), SpacedMap(typed: drawn.output, gap: gaps.output))
    // What is no part of the input must not matter.
    let source = memory.copy(input.spread(drawn.inputBytes, around: 0xFF))
    let before = isInPlace ? drawn.addedBytes : [UInt8](repeating: 0xA5, count: drawn.output.shape.count * drawn.output.format.byteCount)
    let target = memory.copy(output.spread(before, around: 0xA5))
    let added = drawn.added.map { format in
      let map = SpacedMap(typed: TypedShape(shape: drawn.output.shape, format: format), gap: isInPlace ? gaps.output : gaps.added)
      return map.map(isInPlace ? target : memory.copy(map.spread(drawn.addedBytes, around: 0xFF)))
    }
    try run(input.map(source), output.map(target), added, memory, constants)
    return withExtendedLifetime((memory, constants)) { output.gathered(target, around: 0xA5) }
  }
}

extension DrawnConvolution {
  /// A convolution with random numbers over a random map that is not smaller than its windows, of bytes or bfloat16 both, with an activation, or where `canAdd` with
  /// two activations and now and then an addition between them. `change` sets what is left to it.
  init(
    _ precision: Precision = .int8, to outputs: Int, from inputs: Int, groups: Int = 1, kernel: (Int, Int), size: (Int, Int), canAdd: Bool = false,
    _ random: inout RandomNumbers, _ change: (inout Convolution) -> Void
  ) {
    let perGroup = inputs / groups
    var made = Convolution(
      weight: Tensor(shape: [outputs, perGroup, kernel.0, kernel.1], floats: random.floats(outputs * perGroup * kernel.0 * kernel.1, in: -0.2...0.2)),
      bias: Tensor(shape: [outputs], floats: random.floats(outputs)))
    made.groups = groups
    change(&made)
    let added = canAdd && Bool.random(using: &random) ? random.format(precision) : nil
    made.postOperations = [
      canAdd ? random.straightActivation(channels: outputs) : nil, added == nil ? nil : .add(inputIndex: 1), random.straightActivation(channels: outputs),
    ].compactMap { $0 }
    let (rows, columns) = ((kernel.0 - 1) * made.dilation.vertical + 1, (kernel.1 - 1) * made.dilation.horizontal + 1)
    let shape = FeatureShape(
      height: max(size.0, rows - made.padding.top - made.padding.bottom, 1), width: max(size.1, columns - made.padding.left - made.padding.right, 1),
      channels: inputs)
    self.init(made, over: shape, from: random.format(precision), to: random.format(precision), adding: added, &random)
  }
}
