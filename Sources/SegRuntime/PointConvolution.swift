import CSegKernels
import SegGraph
import SegTensor

/// A 1x1 convolution of bytes, whose results are made for eight pixels and 32 output channels at once and finished in the registers they are summed up in
/// (`CSegKernels/point_convolution.c`).
struct PointConvolution {
  private let convolution: Convolution
  let input, output: TypedShape
  private let added: ElementFormat?
  private let operations: StraightOperations
  private let sums: ConvolutionSums

  /// Whether this processor has the kernel's instructions and the inference library's limits (ONEDNN_MAX_CPU_ISA) allow them: those of the narrow kernel.
  static var isAvailable: Bool { ByteConvolution.isAvailable }

  /// Nil for what the kernel has no code for: windows of more than a point, groups, padding, enlarged inputs, maps that are no bytes, maps of few pixels, and
  /// results that could exceed four bytes.
  init?(_ convolution: Convolution, from input: TypedShape, to output: TypedShape, adding added: ElementFormat?) {
    (self.convolution, self.input, self.output, self.added) = (convolution, input, output, added)
    guard Array(convolution.weight.shape[2...]) == [1, 1], convolution.groups == 1, convolution.enlargement == nil, convolution.padding == Padding(0),
      input.format.precision == .int8, output.format.precision == .int8, output.shape.area >= Self.leastPixels,
      let operations = StraightOperations(convolution.postOperations, from: input.format, adding: added, to: output.format)
    else { return nil }
    self.operations = operations
    sums = ConvolutionSums(convolution, from: input.format, in: output.format.scale)
    guard sums.areResultsBelowLimits(operations, adding: added.map { $0.scale / output.format.scale }) else { return nil }
  }

  /// Whether it adds a map.
  var adds: Bool { added != nil }

  /// Below, the last pixels are made twice too often.
  private static let leastPixels = 6 * Int(SEG_POINT_PLACES)

  /// Whether the kernel is faster than the narrow one and than the inference library's, whose sums wait for what they add and whose products for maps from beyond
  /// the caches. Where few output channels are made of each pixel that is copied, it is not.
  func isFaster(than narrow: ByteConvolution?) -> Bool {
    let channels = output.shape.channels
    let isCopied = convolution.stride != (1, 1)
    guard channels > Int(SEG_POINT_OUTPUTS) || !isCopied else { return false }
    return narrow.map { cycles < $0.cycles } ?? true
  }

  /// Cycles that the whole map takes: for a vector of results its products, and what finishes them.
  var cycles: Double {
    let results = output.shape.area.dividedUp(by: places) * places * filledOutputs / 16
    let finish = 3.0 + (added == nil ? 0 : 2) + (operations.before == nil ? 0 : 1) + (operations.after == nil ? 0 : 1)
    return Double(results) * (Double(words) / Double(seg_wide_products()) + finish)
  }

  private var places: Int { Int(SEG_POINT_PLACES) }
  private var words: Int { input.shape.channels.dividedUp(by: Int(SEG_POINT_WORD)) }
  private var filledOutputs: Int { output.shape.channels.dividedUp(by: Int(SEG_POINT_OUTPUTS) / 2) * Int(SEG_POINT_OUTPUTS) / 2 }

  /// What the kernel works with on `threads` threads; weights are packed into `constants`. The scratch is still to be set.
  func arguments(from source: SegTypedMap, to target: SegTypedMap, adding addition: SegTypedMap?, threads: Int, _ constants: ConstantStore)
    -> SegPointConvolution
  {
    var made = SegPointConvolution()
    (made.input, made.output) = (source, target)
    if let addition { made.added = addition }
    (made.stride_vertical, made.stride_horizontal) = (Int32(convolution.stride.vertical), Int32(convolution.stride.horizontal))
    let (filled, unit) = (filledOutputs, output.format.scale)
    made.weights = packedWeights(constants)
    made.starts = constants.copy(sums.beginnings(from: input.format), filledUpTo: filled, with: 0)
    made.factors = constants.copy(sums.scales, filledUpTo: filled, with: 0)
    made.biases = constants.copy(sums.bias, filledUpTo: filled, with: 0)
    made.before = constants.activation(operations.before, filledUpTo: filled, in: unit)
    made.after = constants.activation(operations.after, filledUpTo: filled, in: unit)
    made.row_count = Int32(output.shape.height)
    made.block_places = Int32(max(Self.blockBytes / input.shape.channels / places, 2) * places)
    made.shares = Int32(max(1, min(threads, output.shape.area / Self.leastPixels)))
    made.share_bytes = seg_point_share_bytes(&made)
    return made
  }

  /// Bytes of a block's pixels: they stay in a core's own cache while all output channels are made of them.
  private static let blockBytes = 128 << 10

  /// Weights in the order of the kernel: 32 output channels (or the last sixteen), word, output channel, input channel.
  private func packedWeights(_ constants: ConstantStore) -> UnsafePointer<Int8> {
    guard case .bytes(let weights) = sums.weights else { preconditionFailure("inputs are bytes") }
    let (inputs, most, word) = (input.shape.channels, Int(SEG_POINT_OUTPUTS), Int(SEG_POINT_WORD))
    let packed = constants.allocate(words * word * filledOutputs, of: Int8.self)
    for output in 0..<output.shape.channels {
      let (block, lane) = output.quotientAndRemainder(dividingBy: most)
      let (start, beside) = (block * words * word * most, min(most, filledOutputs - block * most))
      for inner in 0..<inputs {
        packed[start + inner / word * word * beside + lane * word + inner % word] = weights[output * inputs + inner]
      }
    }
    return UnsafePointer(packed)
  }
}
