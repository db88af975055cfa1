import SegModels
import SegTestSupport
import Testing

struct PreprocessingTests {
  @Test func namesGiveTheirValues() {
    #expect(Preprocessing(named: "rgb/255") == .unit)
    #expect(Preprocessing(named: "imagenet") == .imageNet)
    #expect(Preprocessing(named: "symmetric") == .symmetric)
    #expect(Preprocessing(named: "bgr") == nil)
  }

  private static let blueFirst = Preprocessing(scale: 1, mean: [103.94, 116.78, 123.68], deviation: [57.38, 57.12, 58.4], isBlueFirst: true)

  @Test(arguments: [Preprocessing.unit, .imageNet, .symmetric, blueFirst])
  func everyPixelIsScaled(preprocessing: Preprocessing) {
    for pixels in [0, 1, 15, 16, 17, 100] {
      var random = RandomNumbers(seed: UInt64(pixels))
      let bytes = (0..<pixels * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
      var floats = [Float](repeating: -9, count: bytes.count)
      floats.withUnsafeMutableBufferPointer { target in bytes.withUnsafeBufferPointer { preprocessing.apply(to: $0, into: target) } }
      for index in bytes.indices {
        let byte = bytes[preprocessing.isBlueFirst ? index / 3 * 3 + 2 - index % 3 : index]
        let expected = (Double(byte) * Double(preprocessing.scale) - Double(preprocessing.mean[index % 3])) / Double(preprocessing.deviation[index % 3])
        #expect(abs(Double(floats[index]) - expected) < 1e-6, "\(pixels) pixels, value \(index)")
      }
    }
  }
}
