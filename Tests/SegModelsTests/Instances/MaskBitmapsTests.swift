import SegBase
import SegModels
import SegTestSupport
import Testing

struct MaskBitmapsTests {
  @Test("areas and common pixels are those of counting, however the masks are moved", arguments: [(1, 1), (63, 3), (64, 5), (65, 7), (138, 20), (200, 2)])
  func counting(width: Int, height: Int) {
    let seed = UInt64.random(in: 0...(.max))
    var random = RandomNumbers(seed: seed)
    let size = PixelSize(width: width, height: height)
    var masks = MaskBitmaps(size: size)
    let planes = (0..<3).map { _ in (0..<size.pixelCount).map { _ in Bool.random(using: &random) } }
    for plane in planes { masks.append { plane[$1 * width + $0] } }
    #expect(masks.count == 3 && (0..<3).allSatisfy { index in masks.area(index) == planes[index].count { $0 } }, "seed \(seed)")
    for _ in 0..<40 {
      let (x, y) = (Int.random(in: -width - 2...width + 2, using: &random), Int.random(in: -height - 1...height + 1, using: &random))
      var common = 0
      for row in 0..<height {
        for column in 0..<width where planes[0][row * width + column] {
          let (otherRow, otherColumn) = (row - y, column - x)
          if (0..<height).contains(otherRow) && (0..<width).contains(otherColumn) && planes[2][otherRow * width + otherColumn] { common += 1 }
        }
      }
      #expect(masks.common(0, masks, 2, x: x, y: y) == common, "seed \(seed), moved by \(x), \(y)")
    }
  }
}
