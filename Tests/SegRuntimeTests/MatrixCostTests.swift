import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegRuntime

@Suite struct MatrixCostTests {
  private func cost(
    _ inputs: Int, _ outputs: Int, kernel: Int = 3, height: Int = 64, width: Int = 128, _ format: ElementFormat = .unsigned8(scale: 1),
    dilation: Int = 1, post: [PostOperation] = []
  ) -> MatrixCost {
    var convolution = Convolution(weight: Tensor(shape: [outputs, inputs, kernel, kernel], making: { _ in }))
    (convolution.padding, convolution.postOperations) = (Padding(kernel / 2 * dilation), post)
    convolution.dilation = (dilation, dilation)
    func typed(_ channels: Int) -> TypedShape { TypedShape(shape: FeatureShape(height: height, width: width, channels: channels), format: format) }
    let steps = MatrixSteps(convolution, pixelBytes: inputs * format.byteCount)
    return MatrixCost(convolution, steps: steps.all.count, from: typed(inputs), to: typed(outputs))
  }

  @Test("few inputs that lie apart are left to the library, many are not, nor are few whose whole window is one step")
  func library() {
    #expect(cost(3, 13, dilation: 2).isLibraryFaster && cost(4, 4, dilation: 3).isLibraryFaster)
    #expect(!cost(3, 13).isLibraryFaster && !cost(4, 4).isLibraryFaster)
    for channels in [16, 18, 64, 144, 256, 512] { #expect(!cost(channels, channels).isLibraryFaster, "\(channels) channels") }
    for channels in [64, 128, 512, 2048] { #expect(!cost(channels, 64, kernel: 1).isLibraryFaster, "\(channels) channels of single pixels") }
  }

  @Test("costs grow with places, steps, vectors of outputs, and what follows")
  func growth() {
    let base = cost(64, 64).cycles
    #expect(cost(64, 64, height: 128).cycles == 2 * base)
    #expect(cost(128, 64).cycles > 1.5 * base && cost(64, 128).cycles == 2 * base)
    #expect(cost(64, 64, post: [.activation(.relu6)]).cycles > base)
    #expect(cost(64, 64, post: [.add(inputIndex: 1), .activation(.relu6)]).cycles > cost(64, 64, post: [.activation(.relu6)]).cycles)
    #expect(cost(64, 64, .bfloat16).cycles > 1.5 * base)
  }

  @Test("inputs that fill no whole lines of the cache cost more than such that do")
  func lines() { #expect(cost(63, 16, kernel: 1).cycles > cost(64, 16, kernel: 1).cycles) }
}
