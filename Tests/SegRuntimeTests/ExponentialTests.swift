import CSegKernels
import Foundation
import Testing

/// The exponential inside the softmax.
@Suite struct ExponentialTests {
  private func exponential(_ input: [Float]) -> [Float] {
    var output = [Float](repeating: -1, count: input.count)
    seg_exponential(input, &output, Int32(input.count))
    return output
  }

  @Test("differs from the true value by less than 2e-7 of it")
  func accuracy() {
    var worst = 0.0
    for start in stride(from: Float(-87.3), to: 88, by: 0.5) {
      let input = (0..<5000).map { start + Float($0) * 1e-4 }.filter { $0 <= 88 }
      for (x, found) in zip(input, exponential(input)) {
        let wanted = Foundation.exp(Double(x))
        worst = max(worst, abs(Double(found) - wanted) / wanted)
      }
    }
    #expect(worst < 2e-7)
  }

  @Test("special numbers and counts beside the vector width")
  func specialNumbers() {
    #expect(exponential([0, -0.0, 1e-30, -100, -.infinity, -1e30]) == [1, 1, 1, 0, 0, 0])
    #expect(exponential([.nan])[0].isNaN && exponential([89])[0] > 1e38 && exponential([.infinity])[0] > 1e38)
    for count in [1, 15, 16, 17, 40] { #expect(exponential([Float](repeating: 1, count: count)).allSatisfy { abs($0 - 2.7182817) < 1e-6 }) }
  }
}
