import CSegKernels
import SegGraph
import SegTensor

/// A 3x3 convolution of bytes of stride 1 by Winograd's tiles, a quarter of the multiplications (Lavin and Gray 2016, section 4).
///
/// Transformed inputs are exact in two bytes; transformed weights get as many bits as no sum can overflow with, which is more than the eight that weights of
/// nine products have up to `mostInputs` channels.
struct ByteWinogradConvolution {
  let convolution: Convolution
  let input: TypedShape
  let output: TypedShape
  private let operations: ByteOperations
  private let tiling: WinogradTiling
  private let cost: ByteWinogradCost

  /// Input channels beyond which weights have fewer bits than bytes.
  static let mostInputs = 512

  /// The convolution where it is one that can be done so: 3x3, stride 1, one group, from bytes to bytes or floats, and followed by nothing but what
  /// `ByteOperations` has.
  init?(_ convolution: Convolution, from input: TypedShape, to output: TypedShape, adding added: ElementFormat?) {
    guard Array(convolution.weight.shape[2...]) == [3, 3], convolution.stride == (1, 1), convolution.groups == 1, convolution.enlargement == nil,
      input.format.precision == .int8, input.shape.channels <= Self.mostInputs,
      let operations = ByteOperations(convolution.postOperations, adding: added, to: output.format)
    else { return nil }
    (self.convolution, self.input, self.output, self.operations) = (convolution, input, output, operations)
    tiling = WinogradTiling(height: output.shape.height, width: output.shape.width, dilation: convolution.dilation)
    cost = ByteWinogradCost(TiledShape(convolution, from: input.shape, to: output.shape))
  }

  /// Whether it is clearly faster than nine products by the inference library, and by the kernel of our own where that is better.
  func isFaster(than narrow: ByteConvolution?) -> Bool { cost.isWinogradFaster && (narrow.map { cost.winogradCycles < $0.cycles } ?? true) }

  /// What the kernel works with on `threads` threads; weights are packed into `constants`. The scratch is still to be set.
  func arguments(from source: SegTypedMap, to target: SegTypedMap, adding addition: SegTypedMap?, threads: Int, _ constants: ConstantStore)
    -> SegByteWinograd
  {
    let (inputs, outputs, unit) = (source.channels, target.channels, output.format.scale)
    let packed = constants.allocate(seg_byte_winograd_weight_count(inputs, outputs), of: Int16.self)
    var scales = [Float](repeating: 0, count: Int(outputs))
    convolution.weight.floats().withUnsafeBufferPointer {
      seg_byte_winograd_pack($0.baseAddress, inputs, outputs, source.format == SEG_SIGNED8 ? 1 : 0, packed, &scales)
    }
    var arguments = SegByteWinograd()
    (arguments.input, arguments.output) = (source, target)
    if let addition { arguments.added = addition }
    arguments.weights = UnsafePointer(packed)
    arguments.factors = constants.copy(scales.map { $0 * input.format.scale / unit })
    arguments.biases = constants.copy((convolution.bias?.floats() ?? [Float](repeating: 0, count: Int(outputs))).map { $0 / unit })
    arguments.before = constants.activation(operations.before, channels: Int(outputs), in: unit)
    arguments.after = constants.activation(operations.after, channels: Int(outputs), in: unit)
    (arguments.dilation_vertical, arguments.dilation_horizontal) = (Int32(convolution.dilation.vertical), Int32(convolution.dilation.horizontal))
    (arguments.padding_top, arguments.padding_left) = (Int32(convolution.padding.top), Int32(convolution.padding.left))
    (arguments.tops, arguments.lefts) = (constants.copy(tiling.tops), constants.copy(tiling.lefts))
    (arguments.tile_rows, arguments.tile_columns) = (Int32(tiling.tops.count), Int32(tiling.lefts.count))
    let tiles = Int32(min(cost.blockTiles, tiling.count.dividedUp(by: threads)))
    (arguments.block_tiles, arguments.shares) = (tiles, Int32(threads))
    arguments.share_bytes = seg_byte_winograd_share_bytes(inputs, outputs, tiles)
    return arguments
  }
}
