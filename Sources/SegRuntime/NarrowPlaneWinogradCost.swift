import CSegKernels
import SegGraph

/// How long a convolution of bytes takes by Winograd's tiles of which a vector has sixteen, in registers of 32 bytes, in cycles.
///
/// The factors are fitted to the steps of HRNet and ICNet (32x64 to 128x256 places, 18 to 256 channels) on a processor that starts two multiplications in a cycle, as
/// those of `NarrowWordWinogradCost`, which it is compared with.
struct NarrowPlaneWinogradCost {
  private let input, output: FeatureShape
  private let isAdding, areFused: Bool

  init(from input: FeatureShape, to output: FeatureShape, isAdding: Bool, areFused: Bool = NarrowRegisters.areFused) {
    (self.input, self.output, self.isAdding, self.areFused) = (input, output, isAdding, areFused)
  }

  /// The transforms and products of all groups of sixteen tiles.
  var cycles: Double {
    let (product, forward, backward) = areFused ? (0.58, 650, 150) : (0.63, 700, 170)
    let products = 2 * 36 * product * Double(input.channels.dividedUp(by: 2) * output.channels)
    let transforms = forward * input.channels.dividedUp(by: Int(SEG_BYTE_GROUP)) + (backward + (isAdding ? 20 : 0)) * output.channels
    return Double(PlaneWinogradCost.groups(of: output)) * (products + Double(transforms))
  }
}
