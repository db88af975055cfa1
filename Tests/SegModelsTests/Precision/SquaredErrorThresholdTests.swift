import Foundation
import SegTestSupport
import Testing

@testable import SegModels

@Suite struct SquaredErrorThresholdTests {
  @Test("the threshold has the least error by its definition") func agreesWithTheDefinition() {
    var random = RandomNumbers(seed: 3)
    let counts = (0..<700).map { UInt64(3000 * exp(-Double($0) / 40)) + UInt64.random(in: 0...1, using: &random) }
    func error(_ kept: Int) -> Double {
      let step = Double(kept) / 127
      return counts.enumerated().reduce(0) { sum, entry in
        let distance = Double(entry.offset) + 0.5 - Double(kept)
        return sum + 2 * Double(entry.element) * (entry.offset < kept ? step * step / 12 : distance * distance)
      }
    }
    let last = (counts.lastIndex { $0 > 0 } ?? 0) + 1
    #expect(SquaredErrorThreshold.bins([counts, counts]) == (1...last).min { error($0) < error($1) })
  }

  @Test("more levels allow a wider range") func levels() throws {
    let counts = (0..<2000).map { UInt64(1_000_000 * exp(-Double($0) / 50)) }
    let (unsigned, signed) = (try #require(SquaredErrorThreshold.bins([counts])), try #require(SquaredErrorThreshold.bins([counts, counts])))
    #expect(unsigned > signed && signed > 100)
  }

  @Test("nothing but zeros has no threshold") func zeros() { #expect(SquaredErrorThreshold.bins([[0, 0]]) == nil) }
}
