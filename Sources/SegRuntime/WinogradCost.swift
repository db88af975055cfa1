import SegGraph

/// How long a convolution takes as sums of nine products and by Winograd's tiles, in cycles of a processor with two 512-bit multiply-adds a cycle.
///
/// The factors are fitted to measured times of 60 shapes (4x4 to 256x512 places, 3 to 1024 channels).
struct WinogradCost {
  private let shape: TiledShape

  init(_ shape: TiledShape) { self.shape = shape }

  /// Whether the tiles win by a clear margin.
  var isWinogradFaster: Bool { 1.2 * winogradCycles < directCycles }

  /// Tiles that are best worked on at once: few, so that they stay in the cache, or many, so that weights too large for it are read less often.
  var blockTiles: Int { weightBytes > 12 << 20 ? 112 : 28 }

  /// Sums of nine products: the library does all multiply-adds of whole vectors of outputs at the processor's peak.
  var directCycles: Double { Double(shape.taps * shape.inputs * shape.outputVectors) / 2 }

  /// The transforms and products of all tiles, and reading the weights from far away.
  var winogradCycles: Double {
    let pairs = (shape.outputVectors + 1) / 2
    let transforms = shape.tiles * (200 * shape.inputs.dividedUp(by: 16) + 140 * shape.outputVectors + 150 * pairs)
    // Fewer than four tiles at once leave the multipliers waiting for their own results.
    let products = max(shape.tiles, 4) * 18 * shape.inputs * shape.outputVectors
    return Double(transforms + products) + weightCycles
  }

  private var weightBytes: Int { 36 * 4 * shape.inputs * shape.outputVectors * 16 }

  private var weightCycles: Double {
    if weightBytes < 1 << 20 { return 0 }
    let blocks = shape.tiles.dividedUp(by: blockTiles)
    return Double(weightBytes) * (1 + Double(blocks - 1) / 8) / 8
  }
}
