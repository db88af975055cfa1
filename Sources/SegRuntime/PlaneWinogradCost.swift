import CSegKernels
import SegGraph

/// How long a convolution of bytes takes by Winograd's tiles of which a vector has sixteen, in cycles.
///
/// The factors are fitted to the steps of HRNet and ICNet (16x32 to 128x256 places, 18 to 256 channels) where one product starts in a cycle. Maps that lie as planes take
/// less, up to a tenth.
struct PlaneWinogradCost {
  /// Products of 512 bits that a processor starts in a cycle: two, or one. Transforms take about as long with either.
  private let productsPerCycle: Double
  private let input, output: FeatureShape
  private let isAdding: Bool

  init(from input: FeatureShape, to output: FeatureShape, isAdding: Bool, productsPerCycle: Int = Int(seg_wide_products())) {
    (self.input, self.output, self.isAdding, self.productsPerCycle) = (input, output, isAdding, Double(productsPerCycle))
  }

  /// The transforms and products of all groups of sixteen tiles.
  var cycles: Double {
    // Where two products start in a cycle, they wait for what they read: thirty numbers or vectors for 24 products, two in a cycle.
    let products = Double(36 * input.channels.dividedUp(by: 2) * output.channels) * max(1 / productsPerCycle, 0.625)
    let transforms = 800 * input.channels.dividedUp(by: Int(SEG_BYTE_GROUP)) + (isAdding ? 150 : 110) * output.channels
    return Double(Self.groups(of: output)) * (products + Double(transforms + 500))
  }

  /// Groups of four runs of sixteen pixels of a row of tiles.
  static func groups(of output: FeatureShape) -> Int {
    (output.height.dividedUp(by: WinogradTiling.side) * output.width.dividedUp(by: Int(SEG_BYTE_VECTOR))).dividedUp(by: 4)
  }
}
