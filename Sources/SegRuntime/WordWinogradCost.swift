import CSegKernels
import SegGraph

/// How long a convolution of bytes or bfloat16 takes by Winograd's tiles, and by sums of nine products, in cycles.
///
/// The factors are fitted to the steps of HRNet, ICNet and YOLACT (4x4 to 256x512 places, 18 to 512 channels), and of ENet where one product starts in a cycle.
struct WordWinogradCost {
  /// Products of 512 bits that a processor starts in a cycle: two, or one. Transforms take about as long with either.
  private let productsPerCycle: Double
  private let shape: TiledShape
  /// Inputs in a sum of one product.
  private let group: Int
  /// Cycles of a tile for 32 channels of the input and for sixteen of the output.
  private let forwardCycles, backwardCycles: Int

  init(_ shape: TiledShape, _ precision: Precision, productsPerCycle: Int = Int(seg_wide_products())) {
    (self.shape, self.productsPerCycle) = (shape, Double(productsPerCycle))
    (group, forwardCycles, backwardCycles) = precision == .int8 ? (4, 200, 150) : (2, 300, 150)
  }

  /// Whether the tiles win by a clear margin.
  var isWinogradFaster: Bool { 1.1 * winogradCycles < directCycles }

  /// Tiles that are best worked on at once: few, so that they stay in the cache, or many, so that weights too large for it are read less often.
  var blockTiles: Int { weightBytes > 2 << 20 ? 56 : 14 }

  /// Sums of nine products: the inference library does those of whole vectors of outputs at the processor's peak, but for a single one.
  var directCycles: Double {
    let products = Double(shape.taps * shape.inputs.dividedUp(by: group) * shape.outputVectors) / productsPerCycle
    return shape.outputVectors == 1 && productsPerCycle == 1 ? 1.4 * products : products
  }

  /// The transforms and products of all tiles, and reading the weights from far away.
  var winogradCycles: Double {
    let transforms = Double(forwardCycles * shape.inputs.dividedUp(by: 32) + backwardCycles * shape.outputVectors)
    let products = 37.4 / productsPerCycle * Double(pairs * shape.outputVectors)
    // Fewer than four tiles at once leave the multipliers waiting for their own results.
    return Double(shape.tiles) * transforms + Double(max(shape.tiles, 4)) * products + weightCycles
  }

  private var pairs: Int { shape.inputs.dividedUp(by: 2) }

  private var weightBytes: Int { 36 * 64 * pairs * shape.outputVectors }

  private var weightCycles: Double {
    if weightBytes < 1 << 18 { return 0 }
    let blocks = shape.tiles.dividedUp(by: blockTiles)
    return Double(weightBytes) * (1 + Double(blocks - 1) / 8) / 24
  }
}
