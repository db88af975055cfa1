import SegBase
import SegTestSupport
import Testing

@testable import SegEvaluate

@Suite struct NearestLabelsTests {
  private func resized(_ values: [UInt8], _ size: PixelSize, to target: PixelSize) -> [UInt8] {
    var image = PixelImage(size: PixelSize(width: 1, height: 1), format: .rgba32)
    image.setNearest(EvaluationFolder.map(values, size: size), size: target)
    #expect(image.size == target && image.format == .gray8)
    return image.withBytes { Array($0) }
  }

  @Test(arguments: [(1, 1), (7, 5), (64, 3), (1, 13)]) func sameSizeIsTheSameMap(width: Int, height: Int) {
    var numbers = RandomNumbers(seed: 3)
    let values = (0..<width * height).map { _ in UInt8.random(in: 0...255, using: &numbers) }
    let size = PixelSize(width: width, height: height)
    #expect(resized(values, size, to: size) == values)
  }

  @Test func wholeFactorsRepeatEveryPixel() {
    let map: [UInt8] = [1, 2, 3, 4, 5, 6]
    #expect(
      resized(map, PixelSize(width: 3, height: 2), to: PixelSize(width: 6, height: 6)) == [
        1, 1, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 4, 4, 5, 5, 6, 6, 4, 4, 5, 5, 6, 6,
      ])
  }

  @Test func reducingTakesThePixelAtTheCentre() {
    #expect(resized(Array(0..<9), PixelSize(width: 9, height: 1), to: PixelSize(width: 3, height: 1)) == [1, 4, 7])
    #expect(resized(Array(0..<25), PixelSize(width: 5, height: 5), to: PixelSize(width: 1, height: 1)) == [12])
    #expect(resized([4, 5, 6], PixelSize(width: 1, height: 3), to: PixelSize(width: 2, height: 1)) == [5, 5])
  }

  @Test(arguments: [(7, 5, 13, 11), (13, 11, 7, 5), (33, 2, 5, 31), (480, 360, 479, 361)])
  func oddFactorsTakeTheLabelAtTheCentreOfEachPixel(width: Int, height: Int, newWidth: Int, newHeight: Int) {
    let values = (0..<width * height).map { UInt8(truncatingIfNeeded: $0 % width * 7 + $0 / width * 31) }
    let result = resized(values, PixelSize(width: width, height: height), to: PixelSize(width: newWidth, height: newHeight))
    let wrong = (0..<newWidth * newHeight).filter { pixel in
      let x = Int((Double(pixel % newWidth) + 0.5) * Double(width) / Double(newWidth) + 1e-9)
      let y = Int((Double(pixel / newWidth) + 0.5) * Double(height) / Double(newHeight) + 1e-9)
      return result[pixel] != values[y * width + x]
    }
    #expect(wrong.isEmpty)
  }
}
