import SegGraph
import SegTensor
import Testing

@testable import SegRuntime

@Suite struct NarrowPlaneWinogradCostTests {
  private func shape(_ height: Int, _ width: Int, _ channels: Int) -> FeatureShape { FeatureShape(height: height, width: width, channels: channels) }

  private func cycles(_ height: Int, _ width: Int, _ inputs: Int, _ outputs: Int, isAdding: Bool = false, areFused: Bool) -> Double {
    NarrowPlaneWinogradCost(from: shape(height, width, inputs), to: shape(height, width, outputs), isAdding: isAdding, areFused: areFused).cycles
  }

  @Test("it is near what was measured")
  func measured() {
    // Milliseconds at 4.13 GHz of the steps of HRNet and ICNet, with products and sums in two instructions and in one.
    for (height, width, inputs, outputs, apart, fused) in [
      (128, 256, 18, 18, 0.417, 0.385), (64, 128, 36, 36, 0.328, 0.301), (32, 64, 72, 72, 0.280, 0.257), (128, 256, 64, 64, 3.649, 3.357),
      (128, 256, 256, 18, 4.847, 4.394),
    ] {
      for (areFused, milliseconds) in [(false, apart), (true, fused)] {
        let ratio = cycles(height, width, inputs, outputs, areFused: areFused) / 4.13e6 / milliseconds
        #expect(0.9...1.1 ~= ratio, "\(height)x\(width), \(inputs) to \(outputs), fused \(areFused): \(ratio)")
      }
    }
  }

  @Test("whole groups of sixteen tiles are paid for, and adding costs", arguments: [false, true])
  func parts(areFused: Bool) {
    #expect(cycles(4, 64, 18, 18, areFused: areFused) == cycles(1, 1, 18, 18, areFused: areFused))
    #expect(cycles(4, 65, 18, 18, areFused: areFused) == 2 * cycles(4, 64, 18, 18, areFused: areFused))
    #expect(cycles(4, 64, 18, 18, isAdding: true, areFused: areFused) > cycles(4, 64, 18, 18, areFused: areFused))
  }

  @Test("it is below that of tiles whose output channels are padded where it was measured to be faster", arguments: [false, true])
  func choice(areFused: Bool) {
    func isChosen(_ height: Int, _ width: Int, _ inputs: Int, _ outputs: Int) -> Bool {
      var convolution = Convolution(weight: Tensor(shape: [outputs, inputs, 3, 3], floats: [Float](repeating: 0, count: outputs * inputs * 9)))
      convolution.padding = Padding(1)
      let tiled = TiledShape(convolution, from: shape(height, width, inputs), to: shape(height, width, outputs))
      return 1.05 * cycles(height, width, inputs, outputs, areFused: areFused) < NarrowWordWinogradCost(tiled, areFused: areFused).winogradCycles
    }
    #expect(isChosen(128, 256, 18, 18) && isChosen(64, 128, 36, 36) && isChosen(128, 256, 256, 18))
    #expect(!isChosen(128, 256, 64, 64) && !isChosen(16, 32, 144, 144) && !isChosen(32, 64, 256, 256) && !isChosen(128, 256, 16, 16))
  }
}
