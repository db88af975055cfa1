import CSegKernels
import SegGraph
import SegTensor

/// A 3x3 convolution of stride 1 in single precision by Winograd's tiles, a quarter of the multiplications (Lavin and Gray 2016, section 4).
struct WinogradConvolution {
  private let convolution: Convolution
  private let inputChannels: Int
  private let tiling: WinogradTiling
  private let operations: FloatOperations
  /// Tiles that are worked on at once.
  private let blockTiles: Int

  /// The convolution where it is one that can be done so: 3x3, stride 1, one group, floats to floats, and followed by nothing but an activation of straight
  /// pieces, a sum and such an activation again.
  init?(_ convolution: Convolution, from input: TypedShape, to output: TypedShape) {
    guard Array(convolution.weight.shape[2...]) == [3, 3], convolution.stride == (1, 1), convolution.groups == 1, input.format == .float32,
      output.format == .float32, let operations = FloatOperations(convolution.postOperations)
    else { return nil }
    (self.convolution, self.operations, inputChannels) = (convolution, operations, input.shape.channels)
    tiling = WinogradTiling(height: output.shape.height, width: output.shape.width, dilation: convolution.dilation)
    blockTiles = WinogradCost(TiledShape(convolution, from: input.shape, to: output.shape)).blockTiles
  }

  /// The node's input that is added.
  var added: Int? { operations.added }

  /// Whether this processor does it faster so than the inference library.
  static func isFaster(_ convolution: Convolution, from input: FeatureShape, to output: FeatureShape) -> Bool {
    seg_winograd_is_fast() != 0 && WinogradCost(TiledShape(convolution, from: input, to: output)).isWinogradFaster
  }

  /// Bytes of scratch that a run on `threads` threads needs.
  func scratchByteCount(threads: Int) -> Int { threads * shareSize(threads) * MemoryLayout<Float>.stride }

  /// What the kernel works with on `threads` threads, for maps in the kernels' form; weights are packed into `constants`. The scratch is still to be set.
  func arguments(_ input: SegMap, to output: SegMap, adding added: SegMap?, threads: Int, _ constants: ConstantStore) -> SegWinograd {
    let outputChannels = Int(output.channels)
    let packed = constants.allocate(seg_winograd_weight_count(input.channels, output.channels), of: Float.self)
    convolution.weight.floats().withUnsafeBufferPointer { seg_winograd_pack($0.baseAddress, input.channels, output.channels, packed) }
    var arguments = SegWinograd()
    (arguments.input, arguments.output) = (input, output)
    if let added { arguments.added = added }
    arguments.weights = UnsafePointer(packed)
    arguments.bias = constants.copy(convolution.bias?.floats() ?? [Float](repeating: 0, count: outputChannels))
    arguments.before = constants.activation(operations.before, channels: outputChannels)
    arguments.after = constants.activation(operations.after, channels: outputChannels)
    (arguments.dilation_vertical, arguments.dilation_horizontal) = (Int32(convolution.dilation.vertical), Int32(convolution.dilation.horizontal))
    (arguments.padding_top, arguments.padding_left) = (Int32(convolution.padding.top), Int32(convolution.padding.left))
    (arguments.tops, arguments.lefts) = (constants.copy(tiling.tops), constants.copy(tiling.lefts))
    (arguments.tile_rows, arguments.tile_columns) = (Int32(tiling.tops.count), Int32(tiling.lefts.count))
    (arguments.block_tiles, arguments.shares) = (Int32(tilesAtOnce(threads)), Int32(threads))
    arguments.share_size = shareSize(threads)
    return arguments
  }

  private func tilesAtOnce(_ threads: Int) -> Int { min(blockTiles, (tiling.count + threads - 1) / threads) }

  private func shareSize(_ threads: Int) -> Int {
    seg_winograd_share_size(Int32(inputChannels), Int32(convolution.weight.shape[0]), Int32(tilesAtOnce(threads)))
  }
}
