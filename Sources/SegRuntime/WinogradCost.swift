import SegGraph

/// How long a convolution takes as sums of nine products and by Winograd's tiles, in cycles of a processor with two 512-bit multiply-adds a cycle.
///
/// The factors are fitted to measured times of 60 shapes (4x4 to 256x512 places, 3 to 1024 channels).
struct WinogradCost {
  /// Places of the output times taps that lie inside the input.
  let taps: Int
  /// Tiles of the output.
  let tiles: Int
  /// Channels.
  let inputs, outputs: Int

  init(_ convolution: Convolution, from input: FeatureShape, to output: FeatureShape) {
    func taps(_ count: Int, over length: Int, dilation: Int, padding: Int) -> Int {
      (0..<3).reduce(0) { sum, tap in
        let offset = tap * dilation - padding
        return sum + max(0, min(count, length - offset) - max(0, -offset))
      }
    }
    let (dilation, padding) = (convolution.dilation, convolution.padding)
    self.taps =
      taps(output.height, over: input.height, dilation: dilation.vertical, padding: padding.top)
      * taps(output.width, over: input.width, dilation: dilation.horizontal, padding: padding.left)
    tiles = WinogradTiling(height: output.height, width: output.width, dilation: dilation).count
    (inputs, outputs) = (input.channels, output.channels)
  }

  /// Whether the tiles win by a clear margin.
  var isWinogradFaster: Bool { 1.2 * winogradCycles < directCycles }

  /// Tiles that are best worked on at once: few, so that they stay in the cache, or many, so that weights too large for it are read less often.
  var blockTiles: Int { weightBytes > 12 << 20 ? 112 : 28 }

  /// Sums of nine products: the library does all multiply-adds of whole vectors of outputs at the processor's peak.
  var directCycles: Double { Double(taps * inputs * vectors(outputs)) / 2 }

  /// The transforms and products of all tiles, and reading the weights from far away.
  var winogradCycles: Double {
    let pairs = (vectors(outputs) + 1) / 2
    let transforms = tiles * (200 * vectors(inputs) + 140 * vectors(outputs) + 150 * pairs)
    // Fewer than four tiles at once leave the multipliers waiting for their own results.
    let products = max(tiles, 4) * 18 * inputs * vectors(outputs)
    return Double(transforms + products) + weightCycles
  }

  private var weightBytes: Int { 36 * 4 * inputs * vectors(outputs) * 16 }

  private var weightCycles: Double {
    if weightBytes < 1 << 20 { return 0 }
    let blocks = (tiles + blockTiles - 1) / blockTiles
    return Double(weightBytes) * (1 + Double(blocks - 1) / 8) / 8
  }

  private func vectors(_ channels: Int) -> Int { (channels + 15) / 16 }
}
