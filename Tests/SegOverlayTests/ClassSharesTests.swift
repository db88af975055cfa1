import SegBase
import SegTestSupport
import Testing

@testable import SegOverlay

@Suite struct ClassSharesTests {
  @Test("shares are counts over pixels, largest first", arguments: [1, 3, 4, 5, 63, 1000]) func counts(pixels: Int) {
    var random = RandomNumbers(seed: UInt64(pixels))
    var labels = PixelImage(size: PixelSize(width: pixels, height: 1), format: .gray8)
    var counts: [Int: Int] = [:]
    labels.withMutableBytes { bytes in
      for index in bytes.indices {
        bytes[index] = [0, 7, 7, 255][Int.random(in: 0..<4, using: &random)]
        counts[Int(bytes[index]), default: 0] += 1
      }
    }
    let shares = ClassShares.of(labels)
    #expect(shares.count == counts.count)
    #expect(shares.allSatisfy { $0.share == Double(counts[$0.label] ?? 0) / Double(pixels) })
    #expect(zip(shares, shares.dropFirst()).allSatisfy { ($0.share, $1.label) > ($1.share, $0.label) || ($0.share == $1.share && $0.label < $1.label) })
  }

  @Test func anEmptyPictureHasNoShares() {
    #expect(ClassShares.of(PixelImage(size: PixelSize(width: 0, height: 0), format: .gray8)).isEmpty)
  }
}
