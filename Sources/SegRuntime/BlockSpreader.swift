import CSegKernels
public import SegGraph

/// Spreads maps of blocks over a map of their positions, as `Interleave` says. Owns the map it writes; one thread at a time.
public final class BlockSpreader {
  /// Shape of the map it makes.
  public let shape: FeatureShape

  private let constants = ConstantStore()
  private let map: UnsafeMutablePointer<Float>
  private var arguments = SegInterleave()

  /// Makes one for maps of that shape. The interleave has no activation.
  public init(blocks: FeatureShape, interleave: Interleave) {
    precondition(interleave.activation == nil, "positions are moved only")
    shape = FeatureShape(height: interleave.height, width: interleave.width, channels: blocks.channels)
    map = constants.allocate(shape.count, of: Float.self)
    func typed(_ shape: FeatureShape, _ data: UnsafeMutablePointer<Float>?) -> SegTypedMap {
      SegTypedMap(
        data: data, height: Int32(shape.height), width: Int32(shape.width), channels: Int32(shape.channels), pixel_stride: Int32(shape.channels),
        format: SEG_FLOAT32, scale: 1)
    }
    (arguments.input, arguments.output) = (typed(blocks, nil), typed(shape, map))
    (arguments.block, arguments.top, arguments.left) = (Int32(interleave.block), Int32(interleave.offset.vertical), Int32(interleave.offset.horizontal))
    arguments.activation.upper = .infinity
  }

  /// Spreads `blocks`; what is returned is valid until the next call.
  public func spread(_ blocks: UnsafeBufferPointer<Float>, threads: Int) -> UnsafeBufferPointer<Float> {
    arguments.input.data = UnsafeMutableRawPointer(mutating: blocks.baseAddress)
    seg_run_rows(seg_interleave, &arguments, arguments.output.height, Int32(threads))
    return UnsafeBufferPointer(start: map, count: shape.count)
  }
}
