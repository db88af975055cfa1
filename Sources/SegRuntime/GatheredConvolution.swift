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

  /// Whether the kernel is faster than another that takes so many cycles, and than the inference library's: of windows by a twentieth, as both are estimates.
  func isFaster(than other: Double?) -> Bool { registers > 1 && cycles < min(other ?? .infinity, (isOfPoints ? 1 : 0.95) * libraryCycles) }

  /// Cycles that the whole map takes: for a register of results its products, most of them in pairs of words, and what finishes them, more for one without a
  /// neighbour; for a pixel, copying its window.
  var cycles: Double {
    let (perWord, finishing, alone) = NarrowRegisters.areFused ? (0.5, 2.5, 0.2) : (0.85, 3.5, 0.35)
    var pixel = registers * (perWord * Double(words) + finishing + (adds ? 1 : 0))
    if !Int(registers).isMultiple(of: 2) { pixel += alone * Double(words) }
    if isCopied { pixel += areTogether ? 0.05 * Double(windowBytes) : 8 + 4.75 * Double(runs) + 0.02 * Double(windowBytes) }
    return Double(output.shape.area) * pixel
  }

  /// The same of the inference library, which reads windows where they lie: slowly where pixels share few places of a cache.
  private var libraryCycles: Double {
    let isCrowded = window != (1, 1) && input.shape.channels * convolution.stride.horizontal % 512 == 0
    let products = Double(words) * (NarrowRegisters.areFused ? 0.6 : 1.2) * (isCrowded ? 1.5 : 1)
    return Double(output.shape.area) * registers * (products + (NarrowRegisters.areFused ? 5 : 4) + (adds ? 1 : 0))
  }

  /// Registers of results of a pixel.
  private var registers: Double { Double(output.shape.channels.dividedUp(by: Int(SEG_GATHERED_LANES))) }

  /// Parts of a window that lie together.
  private var runs: Int { convolution.dilation.horizontal == 1 ? window.rows : window.rows * window.columns }

  private static let places = Int(SEG_GATHERED_PLACES)
  private static let group = Int(SEG_GATHERED_GROUP)
  private var window: (rows: Int, columns: Int) { (convolution.weight.shape[2], convolution.weight.shape[3]) }
  private var windowBytes: Int { window.rows * window.columns * input.shape.channels }
  private var words: Int { windowBytes.dividedUp(by: Int(SEG_GATHERED_WORD)) }

  /// Whether windows are copied: all but single pixels without a sign that are beside each other and not so far apart that a cache has few places for them.
  private var isCopied: Bool {
    if case .signed8 = input.format { return true }
    return !areTogether || input.shape.channels % 512 == 0
  }

  /// Whether windows are single pixels, one behind the other.
  private var areTogether: Bool { isOfPoints && convolution.stride == (1, 1) && convolution.padding == Padding(0) }

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
    (made.words, made.is_fused) = (Int32(words), NarrowRegisters.fused)
    let (filled, unit) = (output.shape.channels.dividedUp(by: Int(SEG_GATHERED_LANES)) * Int(SEG_GATHERED_LANES), output.format.scale)
    store(blocks(), in: &made, constants)
    made.starts = constants.copy(sums.beginnings(from: input.format), filledUpTo: filled, with: 0)
    made.factors = constants.copy(sums.scales, filledUpTo: filled, with: 0)
    made.biases = constants.copy(sums.bias, filledUpTo: filled, with: 0)
    made.before = constants.activation(operations.before, filledUpTo: filled, in: unit)
    made.after = constants.activation(operations.after, filledUpTo: filled, in: unit)
    made.row_count = Int32(output.shape.height)
    made.block_places = Int32(max((isOfPoints ? Self.pointBytes : Self.blockBytes) / windowBytes / Self.group, 1) * Self.group)
    made.shares = Int32(max(1, min(threads, output.shape.area / Self.places)))
    made.share_bytes = seg_gathered_share_bytes(&made)
    return made
  }

  /// Bytes of a block's windows: they stay in a core's own cache while all output channels are made of them.
  private static let blockBytes = 96 << 10
  /// The same of single pixels, in the first cache: copying them is not worth more.
  private static let pointBytes = 12 << 10

  /// Output channels that are made at once, and their weights: word, output channel, byte; words in pairs first, as `order` says.
  struct Block {
    let channels: Range<Int>
    let registers: Int
    let pairs: Int
    let order: [Int32]
    let weights: [Int8]
  }

  /// The blocks of output channels in the order of the kernel.
  func blocks() -> [Block] {
    guard case .bytes(let weights) = sums.weights else { preconditionFailure("inputs are bytes") }
    let (inputs, places) = (input.shape.channels, window.rows * window.columns)
    let (bytes, word, outputs) = (windowBytes, Int(SEG_GATHERED_WORD), output.shape.channels)
    var made: [Block] = []
    var first = 0
    while first < outputs {
      let registers = Int(seg_gathered_beside(Int32(outputs - first)))
      let (beside, channels) = (registers * Int(SEG_GATHERED_LANES), first..<min(first + registers * Int(SEG_GATHERED_LANES), outputs))
      var plain = [Int8](repeating: 0, count: words * word * beside)
      for output in channels {
        for inner in 0..<bytes {
          plain[(inner / word * beside + output - first) * word + inner % word] = weights[(output * inputs + inner % inputs) * places + inner / inputs]
        }
      }
      var order = (0..<Int32(words)).map { $0 }
      let pairs = NarrowRegisters.areFused ? 0 : seg_gathered_match(plain, Int32(words), Int32(beside), &order)
      let size = beside * word
      made.append(
        Block(
          channels: channels, registers: registers, pairs: Int(pairs), order: order,
          weights: order.flatMap { plain[Int($0) * size..<(Int($0) + 1) * size] }))
      first += beside
    }
    return made
  }

  /// Puts the blocks into `constants` and `made`.
  private func store(_ blocks: [Block], in made: inout SegGatheredConvolution, _ constants: ConstantStore) {
    let stored = constants.allocate(blocks.count, of: SegGatheredBlock.self)
    for (index, block) in blocks.enumerated() {
      stored[index] = SegGatheredBlock(
        first: Int32(block.channels.lowerBound), registers: Int32(block.registers), pairs: Int32(block.pairs), singles: Int32(words - 2 * block.pairs),
        offsets: constants.copy(block.order.map { $0 * Int32(SEG_GATHERED_WORD) }), weights: constants.copy(block.weights))
    }
    (made.blocks, made.block_count) = (UnsafePointer(stored), Int32(blocks.count))
  }
}
