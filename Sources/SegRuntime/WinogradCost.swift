import CSegKernels
import SegGraph

/// How long a convolution takes as sums of nine products and by Winograd's tiles, in cycles of a processor with two multiply-adds of whole vectors a cycle.
///
/// The factors are fitted to measured times of 60 shapes (4x4 to 256x512 places, 3 to 1024 channels) for vectors of sixteen floats, and of 14 for those of eight.
struct WinogradCost {
  private let shape: TiledShape
  /// Floats of the vectors that the kernels work in, 8 or 16.
  private let lanes: Int

  init(_ shape: TiledShape, lanes: Int? = nil) { (self.shape, self.lanes) = (shape, lanes ?? Int(seg_winograd_lanes(Int32(shape.outputs)))) }

  /// Whether the tiles win by a clear margin.
  var isWinogradFaster: Bool { 1.2 * winogradCycles < directCycles }

  /// Tiles that are best worked on at once: few, so that they stay in the cache, or many, so that weights too large for it are read less often.
  var blockTiles: Int {
    if lanes == 16 { return weightBytes > 12 << 20 ? 112 : 28 }
    return weightBytes > 12 << 20 ? 96 : weightBytes > 1 << 20 ? 48 : 24
  }

  /// Sums of nine products: all multiply-adds of whole vectors of outputs at the processor's peak, or with vectors of eight close to it.
  var directCycles: Double { Double(shape.taps * shape.inputs * outputVectors) / (lanes == 16 ? 2 : 1.7) }

  /// The transforms and products of all tiles, and reading the weights from far away.
  var winogradCycles: Double {
    // Fewer than four tiles at once leave the multipliers waiting for their own results.
    let (tiles, products) = (shape.tiles, max(shape.tiles, 4) * shape.inputs * outputVectors)
    if lanes == 8 { return Double(tiles * (200 * inputVectors + 180 * outputVectors) + products * 21) + weightCycles }
    let pairs = (outputVectors + 1) / 2
    return Double(tiles * (200 * inputVectors + 140 * outputVectors + 150 * pairs) + products * 18) + weightCycles
  }

  private var inputVectors: Int { shape.inputs.dividedUp(by: lanes) }
  private var outputVectors: Int { shape.outputs.dividedUp(by: lanes) }
  private var weightBytes: Int { 36 * 4 * shape.inputs * outputVectors * lanes }

  private var weightCycles: Double {
    if weightBytes < 1 << 20 { return 0 }
    let blocks = shape.tiles.dividedUp(by: blockTiles)
    return Double(weightBytes) * (1 + Double(blocks - 1) / 8) / (lanes == 16 ? 8 : 5)
  }
}
