import SegGraph
import SegTensor
import Testing

@testable import SegRuntime

@Suite struct FloatCostTests {
  private func isFaster(_ height: Int, _ width: Int, _ inputs: Int, _ outputs: Int, kernel: Int = 3, stride: Int = 1, dilation: Int = 1) -> Bool {
    let shape = [outputs, inputs, kernel, kernel]
    var convolution = Convolution(weight: Tensor(shape: shape, floats: [Float](repeating: 0, count: shape.reduce(1, *))))
    (convolution.stride, convolution.dilation, convolution.padding) = ((stride, stride), (dilation, dilation), Padding(kernel / 2 * dilation))
    let input = FeatureShape(height: height, width: width, channels: inputs)
    return FloatCost(convolution, from: input, to: convolution.resultShape(over: input)).isFaster
  }

  @Test("windows are copied where the library's pixels share few places of the caches")
  func chosen() {
    #expect(isFaster(256, 512, 64, 64, stride: 2) && isFaster(128, 256, 256, 36, stride: 2) && isFaster(138, 138, 128, 128, stride: 2))
    #expect(isFaster(69, 69, 512, 1024, kernel: 1, stride: 2) && isFaster(69, 69, 256, 96) && isFaster(35, 35, 512, 512, stride: 2))
    #expect(isFaster(256, 512, 32, 64, stride: 2) && isFaster(32, 64, 72, 144, stride: 2))
  }

  @Test("the library keeps points, few words, few outputs and windows that lie in the padding mostly")
  func left() {
    #expect(!isFaster(128, 256, 64, 256, kernel: 1) && !isFaster(128, 256, 64, 128, kernel: 1, stride: 2))
    #expect(!isFaster(138, 138, 256, 512, kernel: 1, stride: 2))
    #expect(!isFaster(512, 1024, 3, 32, stride: 2) && !isFaster(550, 550, 3, 64, kernel: 7, stride: 2) && !isFaster(128, 256, 256, 8, stride: 2))
    #expect(!isFaster(64, 128, 32, 32, kernel: 5) && !isFaster(64, 128, 18, 18, stride: 2))
    #expect(!isFaster(33, 33, 256, 256, dilation: 24))
  }
}
