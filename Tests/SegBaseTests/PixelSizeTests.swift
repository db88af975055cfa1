import SegBase
import Testing

@Suite struct PixelSizeTests {
  @Test func fitsInsideAndKeepsProportions() {
    let fitted = PixelSize(width: 1280, height: 720).fitting(in: PixelSize(width: 200, height: 120))
    #expect(fitted == PixelSize(width: 200, height: 113))
    #expect(PixelSize(width: 720, height: 1280).fitting(in: PixelSize(width: 200, height: 120)) == PixelSize(width: 68, height: 120))
  }

  @Test func widePixelsHalveTheWidth() {
    let fitted = PixelSize(width: 100, height: 100).fitting(in: PixelSize(width: 100, height: 100), pixelAspect: 2)
    #expect(fitted == PixelSize(width: 50, height: 100))
  }

  @Test func neverEmptyAndNeverOutside() {
    for width in [1, 3, 7, 1000] {
      for height in [1, 2, 9, 4000] {
        for bounds in [PixelSize(width: 1, height: 1), PixelSize(width: 10, height: 3), PixelSize(width: 33, height: 80)] {
          let fitted = PixelSize(width: width, height: height).fitting(in: bounds)
          #expect((1...bounds.width).contains(fitted.width) && (1...bounds.height).contains(fitted.height), "\(width)x\(height) in \(bounds)")
        }
      }
    }
  }
}
