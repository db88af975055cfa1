import SegGraph
import SegTensor
import Testing

@testable import SegRuntime

@Suite struct PlaneWinogradCostTests {
  private func cycles(_ height: Int, _ width: Int, _ inputs: Int, _ outputs: Int, isAdding: Bool = false, productsPerCycle: Int) -> Double {
    func shape(_ channels: Int) -> FeatureShape { FeatureShape(height: height, width: width, channels: channels) }
    return PlaneWinogradCost(from: shape(inputs), to: shape(outputs), isAdding: isAdding, productsPerCycle: productsPerCycle).cycles
  }

  @Test("where one product starts in a cycle it is near what was measured")
  func measured() {
    // Milliseconds at 3.66 GHz of the steps of HRNet and ICNet.
    for (height, width, inputs, outputs, milliseconds) in [
      (128, 256, 18, 18, 0.39), (64, 128, 36, 36, 0.285), (32, 64, 72, 72, 0.245), (16, 32, 144, 144, 0.256), (128, 256, 64, 64, 3.4),
      (128, 256, 256, 18, 4.75),
    ] {
      let ratio = cycles(height, width, inputs, outputs, productsPerCycle: 1) / 3.66e6 / milliseconds
      #expect(0.85...1.15 ~= ratio, "\(height)x\(width), \(inputs) to \(outputs): \(ratio)")
    }
  }

  @Test("whole groups of sixteen tiles are paid for, products are bound by what they read where two start in a cycle, and adding costs")
  func parts() {
    #expect(cycles(4, 64, 18, 18, productsPerCycle: 1) == cycles(1, 1, 18, 18, productsPerCycle: 1))
    #expect(cycles(4, 65, 18, 18, productsPerCycle: 1) == 2 * cycles(4, 64, 18, 18, productsPerCycle: 1))
    // Runs of sixteen pixels of several rows of tiles are a group together.
    #expect(cycles(16, 16, 18, 18, productsPerCycle: 1) == cycles(4, 64, 18, 18, productsPerCycle: 1))
    let difference = cycles(4, 64, 36, 36, productsPerCycle: 1) - cycles(4, 64, 36, 36, productsPerCycle: 2)
    #expect(difference == 0.375 * Double(36 * 18 * 36))
    #expect(cycles(4, 64, 18, 18, isAdding: true, productsPerCycle: 1) > cycles(4, 64, 18, 18, productsPerCycle: 1))
  }

  @Test("it is chosen before others only where it is clearly faster than one of them", .enabled(if: PlaneWinogradConvolution.isAvailable))
  func choice() throws {
    let shape = FeatureShape(height: 64, width: 128, channels: 36)
    var convolution = Convolution(weight: Tensor(shape: [36, 36, 3, 3], floats: [Float](repeating: 1, count: 36 * 36 * 9)))
    convolution.padding = Padding(1)
    let map = TypedShape(shape: shape, format: .unsigned8(scale: 1))
    let made = try #require(PlaneWinogradConvolution(convolution, from: map, to: map, adding: nil))
    func isChosen(_ factors: Double?...) -> Bool { made.isFaster(than: factors.map { $0.map { $0 * made.cycles } }) }
    #expect(isChosen(1.1, nil) && !isChosen(1.02) && !isChosen(2, 0.9) && !isChosen(nil, nil))
  }
}
