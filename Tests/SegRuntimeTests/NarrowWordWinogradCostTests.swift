import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegRuntime

@Suite struct NarrowWordWinogradCostTests {
  private func cost(_ height: Int, _ width: Int, _ inputs: Int, _ outputs: Int, dilation: Int = 1, areFused: Bool = false)
    -> NarrowWordWinogradCost
  {
    var convolution = Convolution(weight: Tensor(shape: [outputs, inputs, 3, 3], floats: [Float](repeating: 0, count: outputs * inputs * 9)))
    (convolution.padding, convolution.dilation) = (Padding(dilation), (dilation, dilation))
    let (input, output) = (FeatureShape(height: height, width: width, channels: inputs), FeatureShape(height: height, width: width, channels: outputs))
    return NarrowWordWinogradCost(TiledShape(convolution, from: input, to: output), areFused: areFused)
  }

  @Test("tiles are chosen where they were measured to be faster, whether products are fused with their sums or not", arguments: [false, true])
  func chosen(areFused: Bool) {
    for (height, width, inputs, outputs) in [
      (128, 256, 64, 64), (128, 256, 16, 16), (128, 256, 18, 18), (64, 128, 36, 36), (32, 64, 72, 72), (16, 32, 144, 144), (69, 69, 256, 256),
      (18, 18, 512, 512),
    ] {
      #expect(cost(height, width, inputs, outputs, areFused: areFused).isWinogradFaster, "\(height)x\(width), \(inputs) to \(outputs)")
    }
    #expect(cost(64, 128, 32, 32, dilation: 8, areFused: areFused).isWinogradFaster && cost(16, 32, 512, 512, dilation: 4, areFused: areFused).isWinogradFaster)
  }

  @Test("three channels, and maps of few tiles, are left to nine products", arguments: [false, true])
  func left(areFused: Bool) {
    for (height, width, inputs, outputs) in [(256, 512, 3, 64), (3, 3, 256, 256)] {
      #expect(!cost(height, width, inputs, outputs, areFused: areFused).isWinogradFaster, "\(height)x\(width), \(inputs) to \(outputs)")
    }
  }

  @Test("blocks are of few tiles, but where weights are too many to be read often")
  func blocks() { #expect(cost(32, 64, 256, 256).blockTiles == 6 && cost(16, 32, 512, 512).blockTiles == 48) }
}
