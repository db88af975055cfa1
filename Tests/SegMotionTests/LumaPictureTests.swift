import SegBase
import SegTestSupport
import Testing

@testable import SegMotion

@Suite struct LumaPictureTests {
  @Test(
    "each pixel is the mean luma of its area", arguments: [PixelFormat.gray8, .rgb24, .rgba32],
    [((7, 5), (7, 5)), ((64, 36), (48, 27)), ((50, 31), (7, 31)), ((9, 9), (1, 1)), ((33, 40), (11, 13))])
  func equalsReference(format: PixelFormat, sizes: ((Int, Int), (Int, Int))) {
    let seed = UInt64.random(in: 0...(.max))
    var random = RandomNumbers(seed: seed)
    let (from, to) = (PixelSize(width: sizes.0.0, height: sizes.0.1), PixelSize(width: sizes.1.0, height: sizes.1.1))
    var picture = PixelImage(size: from, format: format)
    picture.withMutableBytes { for index in $0.indices { $0[index] = UInt8.random(in: 0...255, using: &random) } }
    var grey = PixelImage(size: PixelSize(width: 0, height: 0), format: .gray8)
    LumaPicture().make(from: picture, size: to, into: &grey)
    let (bytes, result) = (picture.bytes, grey.bytes)
    let step = format.bytesPerPixel
    func luma(_ x: Int, _ y: Int) -> Double {
      let at = (y * from.width + x) * step
      return step == 1 ? Double(bytes[at]) : 0.299 * Double(bytes[at]) + 0.587 * Double(bytes[at + 1]) + 0.114 * Double(bytes[at + 2])
    }
    func overlap(_ part: Int, _ count: Int, _ length: Int, _ place: Int) -> Double {
      let (begin, end) = (Double(part * length) / Double(count), Double((part + 1) * length) / Double(count))
      return max(0, min(end, Double(place + 1)) - max(begin, Double(place)))
    }
    for y in 0..<to.height {
      for x in 0..<to.width {
        var (sum, area) = (0.0, 0.0)
        for row in 0..<from.height {
          let share = overlap(y, to.height, from.height, row)
          if share == 0 { continue }
          for column in 0..<from.width {
            let weight = share * overlap(x, to.width, from.width, column)
            sum += weight * luma(column, row)
            area += weight
          }
        }
        #expect(abs(Double(result[y * to.width + x]) - sum / area) < 0.51, "seed \(seed)")
      }
    }
  }

  @Test("pictures are brought to 480 pixels' width in proportion, and small ones are left alone")
  func sizes() {
    #expect(LumaPicture.size(for: PixelSize(width: 1920, height: 1080)) == PixelSize(width: 480, height: 270))
    #expect(LumaPicture.size(for: PixelSize(width: 320, height: 240)) == PixelSize(width: 320, height: 240))
    #expect(LumaPicture.size(for: PixelSize(width: 5000, height: 1)) == PixelSize(width: 480, height: 1))
  }
}
