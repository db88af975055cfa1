import CSegKernels
import SegGraph
import SegTensor

/// A 3x3 convolution of bytes or bfloat16, of stride 1, by Winograd's tiles, a quarter of the multiplications (Lavin and Gray 2016, section 4).
///
/// Of bytes, transformed inputs are exact in two bytes, and transformed weights get as many bits as no sum can overflow with, which is more than the eight that
/// weights of nine products have up to `mostInputs` channels. Of bfloat16, both are bfloat16, and the sums three times less exact than nine products.
struct WordWinogradConvolution {
  let convolution: Convolution
  let input: TypedShape
  let output: TypedShape
  private let operations: StraightOperations
  private let tiling: WinogradTiling
  /// Whether registers of 32 bytes are used.
  private let isNarrow: Bool
  /// Cycles that the whole takes.
  let cycles: Double
  private let isFasterThanLibrary: Bool
  /// Tiles that are worked on at once.
  private let blockTiles: Int

  /// Input channels beyond which weights have fewer bits than bytes.
  static let mostInputs = 512

  /// Whether this processor has the kernel's instructions for inputs of that precision, and the inference library's limits (ONEDNN_MAX_CPU_ISA) allow them.
  static func isAvailable(_ precision: Precision) -> Bool {
    switch precision {
    case .int8: ByteConvolution.isAvailable || NarrowRegisters.isAvailable
    case .bfloat16: Processor.current.hasBFloat16 && seg_half_winograd_is_available() != 0
    case .float32: false
    }
  }

  /// The convolution where it is one that can be done so: 3x3, stride 1, one group, and followed by nothing but what `StraightOperations` has; `isNarrow`: bytes in
  /// registers of 32 bytes.
  init?(
    _ convolution: Convolution, from input: TypedShape, to output: TypedShape, adding added: ElementFormat?, isNarrow: Bool = NarrowRegisters.isAvailable
  ) {
    guard Array(convolution.weight.shape[2...]) == [3, 3], convolution.stride == (1, 1), convolution.groups == 1, convolution.enlargement == nil,
      input.format.precision != .int8 || input.shape.channels <= Self.mostInputs,
      let operations = StraightOperations(convolution.postOperations, from: input.format, adding: added, to: output.format)
    else { return nil }
    (self.convolution, self.input, self.output, self.operations) = (convolution, input, output, operations)
    tiling = WinogradTiling(height: output.shape.height, width: output.shape.width, dilation: convolution.dilation)
    let (shape, precision) = (TiledShape(convolution, from: input.shape, to: output.shape), input.format.precision)
    self.isNarrow = isNarrow && precision == .int8
    if self.isNarrow {
      let cost = NarrowWordWinogradCost(shape)
      (cycles, isFasterThanLibrary, blockTiles) = (cost.winogradCycles, cost.isWinogradFaster, cost.blockTiles)
    } else {
      let cost = WordWinogradCost(shape, precision)
      (cycles, isFasterThanLibrary, blockTiles) = (cost.winogradCycles, cost.isWinogradFaster, cost.blockTiles)
    }
  }

  /// Whether it is clearly faster than nine products by the inference library, and by the kernel of our own where that is better.
  func isFaster(than narrow: ByteConvolution? = nil) -> Bool { isFasterThanLibrary && (narrow.map { 1.1 * cycles < $0.cycles } ?? true) }

  /// What the kernel works with on `threads` threads; weights are packed into `constants`. The scratch is still to be set.
  func arguments(from source: SegTypedMap, to target: SegTypedMap, adding addition: SegTypedMap?, threads: Int, _ constants: ConstantStore)
    -> SegWordWinograd
  {
    let (inputs, outputs, unit) = (source.channels, target.channels, output.format.scale)
    let packed = constants.allocate(seg_word_winograd_weight_count(inputs, outputs, isNarrow ? 1 : 0), of: Int16.self)
    var scales = [Float](repeating: 0, count: Int(outputs))
    convolution.weight.floats().withUnsafeBufferPointer {
      seg_word_winograd_pack($0.baseAddress, inputs, outputs, source.format, isNarrow ? 1 : 0, packed, &scales)
    }
    var arguments = SegWordWinograd()
    (arguments.input, arguments.output) = (source, target)
    if let addition { arguments.added = addition }
    arguments.weights = UnsafePointer(packed)
    let factors = scales.map { $0 * input.format.scale / unit }
    let biases = (convolution.bias?.floats() ?? [Float](repeating: 0, count: Int(outputs))).map { $0 / unit }
    (arguments.factors, arguments.biases) = (constants.copy(factors), constants.copy(biases))
    // The transform back makes of sums of four bytes numbers that are less than 160 times as large.
    arguments.is_bounded = zip(factors, biases).allSatisfy { 160 * 0x1p31 * abs($0) + abs($1) < 0x1p30 } ? 1 : 0
    arguments.before = constants.activation(operations.before, channels: Int(outputs), in: unit)
    arguments.after = constants.activation(operations.after, channels: Int(outputs), in: unit)
    (arguments.dilation_vertical, arguments.dilation_horizontal) = (Int32(convolution.dilation.vertical), Int32(convolution.dilation.horizontal))
    (arguments.padding_top, arguments.padding_left) = (Int32(convolution.padding.top), Int32(convolution.padding.left))
    (arguments.tops, arguments.lefts) = (constants.copy(tiling.tops), constants.copy(tiling.lefts))
    (arguments.tile_rows, arguments.tile_columns) = (Int32(tiling.tops.count), Int32(tiling.lefts.count))
    (arguments.is_narrow, arguments.is_fused) = (isNarrow ? 1 : 0, NarrowRegisters.fused)
    let tiles = Int32(min(blockTiles, tiling.count.dividedUp(by: threads)))
    (arguments.block_tiles, arguments.shares) = (tiles, Int32(threads))
    arguments.share_bytes = seg_word_winograd_share_bytes(inputs, tiles)
    return arguments
  }
}
