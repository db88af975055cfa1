import SegGraph
import Testing

@testable import SegModels

struct SamePaddingTests {
  @Test(
    "the odd zero is at the end",
    arguments: [
      (8, 3, 2, 1, 0, 1), (7, 3, 2, 1, 1, 1), (8, 3, 1, 1, 1, 1), (8, 3, 1, 4, 4, 4), (9, 2, 2, 1, 0, 1), (8, 1, 2, 1, 0, 0), (7, 1, 2, 1, 0, 0),
      (224, 7, 2, 1, 2, 3), (5, 4, 1, 1, 1, 2),
    ])
  func zerosAreCounted(length: Int, kernel: Int, stride: Int, dilation: Int, before: Int, after: Int) {
    let tall = Padding.same(FeatureShape(height: length, width: 64, channels: 1), kernel: kernel, stride: stride, dilation: dilation)
    #expect(tall.top == before && tall.bottom == after)
    let wide = Padding.same(FeatureShape(height: 64, width: length, channels: 1), kernel: kernel, stride: stride, dilation: dilation)
    #expect(wide.left == before && wide.right == after)
  }
}
