import SegGraph
import SegTestSupport
import Testing

@Suite struct ArenaPlannerTests {
  @Test func buffersAliveTogetherNeverOverlap() {
    for seed in UInt64(0)..<200 {
      var random = RandomNumbers(seed: seed)
      let requests = (0..<Int.random(in: 0...30, using: &random)).map { _ in
        let first = Int.random(in: 0...20, using: &random)
        return ArenaPlanner.Request(byteCount: Int.random(in: 0...1000, using: &random), lifetime: first...Int.random(in: first...25, using: &random))
      }
      let (offsets, byteCount) = ArenaPlanner.plan(requests)
      for (index, one) in requests.enumerated() {
        #expect(offsets[index] % ArenaPlanner.alignment == 0 && offsets[index] + one.byteCount <= byteCount, "seed \(seed)")
        for (other, two) in requests.enumerated().prefix(index) where one.lifetime.overlaps(two.lifetime) && one.byteCount > 0 && two.byteCount > 0 {
          #expect(offsets[index] + one.byteCount <= offsets[other] || offsets[other] + two.byteCount <= offsets[index], "seed \(seed)")
        }
      }
    }
  }

  @Test func memoryIsUsedAgain() {
    let requests = (0..<10).map { ArenaPlanner.Request(byteCount: 640, lifetime: $0...$0 + 1) }
    #expect(ArenaPlanner.plan(requests).byteCount == 2 * 640)
  }
}
