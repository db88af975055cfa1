import CSegKernels
import SegGraph
import SegTensor

/// A convolution in single precision with any window by products of eight output channels at once, which are finished while they are in the first cache
/// (`CSegKernels/float_convolution.c`).
struct FloatConvolution {
  private let convolution: Convolution
  private let input, output: FeatureShape
  private let operations: FloatOperations

  /// Whether this processor has the kernel's instructions.
  static var isAvailable: Bool { seg_float_convolution_is_available() != 0 }

  /// The convolution where it is one that can be done so: one group, no enlarged input, floats to floats, and followed by nothing but an activation of straight
  /// pieces, a sum and such an activation again.
  init?(_ convolution: Convolution, from input: TypedShape, to output: TypedShape) {
    guard convolution.groups == 1, convolution.enlargement == nil, input.format == .float32, output.format == .float32,
      let operations = FloatOperations(convolution.postOperations)
    else { return nil }
    (self.convolution, self.input, self.output, self.operations) = (convolution, input.shape, output.shape, operations)
  }

  /// The node's input that is added.
  var added: Int? { operations.added }

  /// Whether this processor does it faster so than the inference library.
  var isFaster: Bool { seg_float_convolution_is_fast() != 0 && FloatCost(convolution, from: input, to: output).isFaster }

  /// Whether this processor does it faster so than the inference library does where sums or activations are left to a step behind.
  var isFasterThanInParts: Bool { seg_float_convolution_is_fast() != 0 && convolution.weight.shape[2...] == [1, 1] }

  /// What the kernel works with on `threads` threads, for maps in the kernels' form; weights are packed into `constants`. The scratch is still to be set.
  func arguments(_ source: SegMap, to target: SegMap, adding addition: SegMap?, threads: Int, _ constants: ConstantStore) -> SegFloatConvolution {
    var made = SegFloatConvolution()
    (made.input, made.output) = (source, target)
    if let addition { made.added = addition }
    let weight = convolution.weight.shape
    (made.kernel_height, made.kernel_width) = (Int32(weight[2]), Int32(weight[3]))
    (made.stride_vertical, made.stride_horizontal) = (Int32(convolution.stride.vertical), Int32(convolution.stride.horizontal))
    (made.dilation_vertical, made.dilation_horizontal) = (Int32(convolution.dilation.vertical), Int32(convolution.dilation.horizontal))
    (made.padding_top, made.padding_left) = (Int32(convolution.padding.top), Int32(convolution.padding.left))
    let packed = constants.allocate(seg_float_convolution_weight_count(&made), of: Float.self)
    convolution.weight.floats().withUnsafeBufferPointer { seg_float_convolution_pack(&made, $0.baseAddress, packed) }
    made.weights = UnsafePointer(packed)
    made.bias = constants.copy(convolution.bias?.floats() ?? [Float](repeating: 0, count: output.channels))
    made.before = constants.activation(operations.before, channels: output.channels)
    made.after = constants.activation(operations.after, channels: output.channels)
    made.shares = Int32(max(1, min(threads, output.area)))
    made.share_size = seg_float_convolution_share_size(&made)
    return made
  }

  /// Bytes of scratch that a run with `arguments` needs.
  func scratchByteCount(_ arguments: SegFloatConvolution) -> Int { Int(arguments.shares) * arguments.share_size * MemoryLayout<Float>.stride }
}
