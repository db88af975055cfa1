import SegGraph
import SegTensor
import Testing

@testable import SegRuntime

@Suite struct TiledShapeTests {
  private func shape(_ height: Int, _ width: Int, dilation: Int = 1) -> TiledShape {
    var convolution = Convolution(weight: Tensor(shape: [17, 1, 3, 3], floats: [Float](repeating: 0, count: 17 * 9)))
    (convolution.padding, convolution.dilation) = (Padding(dilation), (dilation, dilation))
    return TiledShape(convolution, from: FeatureShape(height: height, width: width, channels: 1), to: FeatureShape(height: height, width: width, channels: 17))
  }

  @Test("taps on the padding are not counted")
  func taps() {
    #expect(shape(4, 5).taps == 10 * 13)
    #expect(shape(4, 4, dilation: 4).taps == 16)
    #expect(shape(64, 128, dilation: 16).taps == (64 + 2 * 48) * (128 + 2 * 112))
  }

  @Test("tiles are those of every phase, and channels fill whole vectors")
  func counts() {
    #expect(shape(4, 5).tiles == 2 && shape(16, 16).tiles == 16 && shape(16, 16, dilation: 4).tiles == 16 && shape(4, 4, dilation: 4).tiles == 16)
    #expect(shape(4, 4).outputVectors == 2 && shape(4, 4).inputs == 1 && shape(4, 4).outputs == 17)
  }
}
