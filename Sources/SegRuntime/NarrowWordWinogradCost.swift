import SegGraph

/// How long a convolution of bytes takes by Winograd's tiles in registers of 32 bytes, and by sums of nine products, in cycles of a processor that starts two
/// multiplications of them in a cycle, of which three are needed for a register of bytes and one for one of words; one for either where they are fused with their sums.
///
/// The factors are fitted to the steps of HRNet, ICNet and ENet (16x32 to 128x256 places, 16 to 512 channels); reading weights is estimated.
struct NarrowWordWinogradCost {
  private let shape: TiledShape
  private let areFused: Bool

  init(_ shape: TiledShape, areFused: Bool = NarrowRegisters.areFused) { (self.shape, self.areFused) = (shape, areFused) }

  /// Whether the tiles win by a clear margin.
  var isWinogradFaster: Bool { 1.1 * winogradCycles < directCycles }

  /// Tiles that are best worked on at once: few, so that they stay in the cache, or many, so that weights too large for it are read less often.
  var blockTiles: Int { weightBytes > 8 << 20 ? 48 : 6 }

  /// Sums of nine products by the inference library, which takes eight output channels of four inputs at a time.
  var directCycles: Double {
    let words = Double(shape.taps * shape.inputs.dividedUp(by: 4) * vectors)
    return areFused ? 0.55 * words + 5.5 * Double(shape.taps * vectors) / 9 : 1.2 * words
  }

  /// The transforms and products of all tiles, and reading the weights from far away.
  var winogradCycles: Double {
    let transforms = Double(100 * shape.inputs.dividedUp(by: 16) + 130 * vectors)
    // A vector of outputs without a neighbour leaves the multipliers waiting.
    let products = 36 * Double(pairs) * ((areFused ? 0.5 : 0.55) * Double(vectors) + (vectors.isMultiple(of: 2) ? 0 : 0.3))
    return Double(shape.tiles) * (transforms + products) + weightCycles
  }

  private var pairs: Int { shape.inputs.dividedUp(by: 2) }
  private var vectors: Int { shape.outputs.dividedUp(by: 8) }
  private var weightBytes: Int { 36 * 32 * pairs * vectors }

  private var weightCycles: Double {
    if weightBytes < 1 << 18 { return 0 }
    let blocks = shape.tiles.dividedUp(by: blockTiles)
    return Double(weightBytes) * (1 + Double(blocks - 1) / 8) / 24
  }
}
