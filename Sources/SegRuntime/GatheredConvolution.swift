import CSegKernels
import SegGraph
import SegTensor

/// A convolution of bytes in registers of 32 bytes, of which windows are copied to lie one behind the other; results are made for six pixels and sixteen output
/// channels at once and finished in the registers they are summed up in (`CSegKernels/gathered_convolution.c`).
struct GatheredConvolution {
  private let convolution: Convolution
  let input, output: TypedShape
  private let added: ElementFormat?
  private let operations: StraightOperations
  private let sums: ConvolutionSums

  /// Whether this processor has the kernel's instructions and no wider ones, and the inference library's limits (ONEDNN_MAX_CPU_ISA) allow them.
  static var isAvailable: Bool { NarrowRegisters.isAvailable }

  /// Nil for what the kernel has no code for: groups, enlarged inputs, maps that are no bytes, floats that another map is added to, maps of few pixels, and results
  /// that could exceed four bytes.
  init?(_ convolution: Convolution, from input: TypedShape, to output: TypedShape, adding added: ElementFormat?) {
    (self.convolution, self.input, self.output, self.added) = (convolution, input, output, added)
    guard convolution.groups == 1, convolution.enlargement == nil, input.format.precision == .int8, output.shape.area >= Self.places,
      let operations = StraightOperations(convolution.postOperations, from: input.format, adding: added, to: output.format)
    else { return nil }
    self.operations = operations
    sums = ConvolutionSums(convolution, from: input.format, in: output.format.scale).inNarrowRegisters(from: input.format)
    guard sums.areResultsBelowLimits(operations, adding: added.map { $0.scale / output.format.scale }) else { return nil }
  }

  /// Whether windows are single pixels.
  var isOfPoints: Bool { window == (1, 1) }

  /// Whether it adds a map.
  var adds: Bool { added != nil }

  /// Whether the kernel is faster than another that takes so many cycles, and than the inference library's.
  func isFaster(than other: Double?) -> Bool { registers > 1 && cycles < min(other ?? .infinity, libraryCycles) }

  /// Cycles that the whole map takes: for a register of results its products, and what finishes them; for a pixel, copying its window.
  var cycles: Double {
    let copying = isCopied ? 12 + 10 * Double(runs) + 0.12 * Double(windowBytes) : 0
    return Double(output.shape.area) * (registers * (1.12 * Double(words) + 3.5 + (adds ? 1 : 0)) + copying)
  }

  /// The same of the inference library, which reads windows where they lie: slowly where pixels share few places of a cache.
  private var libraryCycles: Double {
    let isCrowded = window != (1, 1) && input.shape.channels * convolution.stride.horizontal % 512 == 0
    return Double(output.shape.area) * registers * (1.2 * Double(words) * (isCrowded ? 1.5 : 1) + 4 + (adds ? 1 : 0))
  }

  /// Registers of results of a pixel.
  private var registers: Double { Double(output.shape.channels.dividedUp(by: Int(SEG_GATHERED_LANES))) }

  /// Parts of a window that lie together.
  private var runs: Int { convolution.dilation.horizontal == 1 ? window.rows : window.rows * window.columns }

  private static let places = Int(SEG_GATHERED_PLACES)
  private var window: (rows: Int, columns: Int) { (convolution.weight.shape[2], convolution.weight.shape[3]) }
  private var windowBytes: Int { window.rows * window.columns * input.shape.channels }
  private var words: Int { windowBytes.dividedUp(by: Int(SEG_GATHERED_WORD)) }

  /// Whether windows are copied: all but single pixels that are beside each other and not so far apart that a cache has few places for them, and signed ones that many
  /// outputs are made of, as reading them takes an instruction more each time.
  private var isCopied: Bool {
    if case .signed8 = input.format, output.shape.channels > 128 { return true }
    return window != (1, 1) || convolution.stride != (1, 1) || convolution.padding != Padding(0) || input.shape.channels % 512 == 0
  }

  /// What the kernel works with on `threads` threads; weights are packed into `constants`. The scratch is still to be set.
  func arguments(from source: SegTypedMap, to target: SegTypedMap, adding addition: SegTypedMap?, threads: Int, _ constants: ConstantStore)
    -> SegGatheredConvolution
  {
    var made = SegGatheredConvolution()
    (made.input, made.output) = (source, target)
    if let addition { made.added = addition }
    (made.kernel_rows, made.kernel_columns) = (Int32(window.rows), Int32(window.columns))
    (made.stride_vertical, made.stride_horizontal) = (Int32(convolution.stride.vertical), Int32(convolution.stride.horizontal))
    (made.dilation_vertical, made.dilation_horizontal) = (Int32(convolution.dilation.vertical), Int32(convolution.dilation.horizontal))
    (made.padding_top, made.padding_left) = (Int32(convolution.padding.top), Int32(convolution.padding.left))
    made.is_copied = isCopied || source.pixel_stride % 512 == 0 ? 1 : 0
    made.words = Int32(words)
    let (filled, unit) = (output.shape.channels.dividedUp(by: Int(SEG_GATHERED_LANES)) * Int(SEG_GATHERED_LANES), output.format.scale)
    made.weights = packedWeights(constants)
    made.starts = constants.copy(sums.beginnings(from: input.format), filledUpTo: filled, with: 0)
    made.factors = constants.copy(sums.scales, filledUpTo: filled, with: 0)
    made.biases = constants.copy(sums.bias, filledUpTo: filled, with: 0)
    made.before = constants.activation(operations.before, filledUpTo: filled, in: unit)
    made.after = constants.activation(operations.after, filledUpTo: filled, in: unit)
    made.row_count = Int32(output.shape.height)
    made.block_places = Int32(max(Self.blockBytes / windowBytes / Self.places, 2) * Self.places)
    made.shares = Int32(max(1, min(threads, output.shape.area / Self.places)))
    made.share_bytes = seg_gathered_share_bytes(&made)
    return made
  }

  /// Bytes of a block's windows: they stay in a core's own cache while all output channels are made of them.
  private static let blockBytes = 96 << 10

  /// Weights in the order of the kernel: registers of output channels that are made beside each other, word, output channel, byte.
  private func packedWeights(_ constants: ConstantStore) -> UnsafePointer<Int8> {
    guard case .bytes(let weights) = sums.weights else { preconditionFailure("inputs are bytes") }
    let (inputs, places) = (input.shape.channels, window.rows * window.columns)
    let (bytes, word, lanes, outputs) = (windowBytes, Int(SEG_GATHERED_WORD), Int(SEG_GATHERED_LANES), output.shape.channels)
    let packed = constants.allocate(words * word * outputs.dividedUp(by: lanes) * lanes, of: Int8.self)
    var (first, block) = (0, packed)
    while first < outputs {
      let beside = Int(seg_gathered_beside(Int32(outputs - first))) * lanes
      for output in first..<min(first + beside, outputs) {
        for inner in 0..<bytes {
          block[inner / word * word * beside + (output - first) * word + inner % word] = weights[(output * inputs + inner % inputs) * places + inner / inputs]
        }
      }
      (first, block) = (first + beside, block + words * word * beside)
    }
    return UnsafePointer(packed)
  }
}
