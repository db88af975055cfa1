import SegRuntime
import Testing

@Suite struct PictureNormalizationTests {
  @Test("subtracts means and divides by deviations, whichever colour is first", arguments: [1, 7, 16, 17, 31, 32, 33, 48], [false, true])
  func normalizes(width: Int, swaps: Bool) {
    let (mean, deviation): ([Float], [Float]) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    let (height, rowBytes) = (3, width * 3 + 5)
    let picture = (0..<height * rowBytes).map { UInt8(truncatingIfNeeded: $0 * 37) }
    var input = [Float](repeating: -99, count: height * width * 3)
    let normalization = PictureNormalization(mean: mean, deviation: deviation, swapsRedAndBlue: swaps)
    picture.withUnsafeBytes { picture in
      input.withUnsafeMutableBufferPointer { normalization.apply(to: picture, rowBytes: rowBytes, height: height, width: width, into: $0) }
    }
    for row in 0..<height {
      for element in 0..<width * 3 {
        let place = swaps ? element / 3 * 3 + 2 - element % 3 : element
        let wanted = (Float(picture[row * rowBytes + place]) / 255 - mean[element % 3]) / deviation[element % 3]
        #expect(abs(input[row * width * 3 + element] - wanted) < 2e-6)
      }
    }
  }
}
