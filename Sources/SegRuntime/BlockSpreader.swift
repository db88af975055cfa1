import CSegKernels
public import SegGraph

/// Spreads maps of blocks over a map of their positions, as `Interleave` says. Owns the map it writes; one thread at a time.
public final class BlockSpreader {
  /// Shape of the map it makes.
  public let shape: FeatureShape

  private let height: Int
  private let constants = ConstantStore()
  private let map: UnsafeMutablePointer<Float>
  private var arguments = SegInterleave()

  /// Makes one for maps of that shape. The interleave has no activation.
  public init(blocks: FeatureShape, interleave: Interleave) {
    precondition(interleave.activation == nil, "positions are moved only")
    shape = FeatureShape(height: interleave.height, width: interleave.width, channels: blocks.channels)
    height = blocks.height
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

  /// The map: what the last blocks were spread to, until the next are.
  public var spread: UnsafeBufferPointer<Float> { UnsafeBufferPointer(start: map, count: shape.count) }

  /// Spreads some rows of blocks, which `blocks` holds, to their rows of the map.
  public func spread(_ blocks: UnsafeBufferPointer<Float>, rows: Range<Int>, threads: Int) {
    var work = arguments
    precondition(rows.clamped(to: 0..<height) == rows && blocks.count == rows.count * Int(work.input.width * work.input.channels), "rows of blocks")
    let (block, top) = (Int(work.block), Int(work.top))
    let made = max(0, rows.lowerBound * block - top)..<min(shape.height, rows.upperBound * block - top)
    (work.input.data, work.input.height) = (UnsafeMutableRawPointer(mutating: blocks.baseAddress), Int32(rows.count))
    (work.output.data, work.output.height) = (UnsafeMutableRawPointer(map + made.lowerBound * shape.width * shape.channels), Int32(made.count))
    work.top = Int32(made.lowerBound + top - rows.lowerBound * block)
    seg_run_rows(seg_interleave, &work, work.output.height, Int32(threads))
  }
}
