import SegTestSupport
import Testing

@testable import SegSchedule

@Suite struct FullPassShareTests {
  private func play(_ share: inout FullPassShare, windows: Int, missing: Int) {
    for _ in 0..<windows {
      share.take(missing: missing)
      for _ in 1..<FullPassShare.window { share.take(missing: 0) }
    }
  }

  private var steady: FullPassShare {
    var share = FullPassShare()
    for _ in 0..<FullPassShare.grace { share.take(missing: 0) }
    return share
  }

  @Test("the share is whole while nothing is missing, or one frame now and then")
  func staysWhole() {
    var share = steady
    play(&share, windows: 20, missing: 0)
    #expect(share.share == 1)
    play(&share, windows: 20, missing: FullPassShare.tolerated)
    #expect(share.share == 1)
  }

  @Test("frames at the start of a scene do not count")
  func forgivesStarts() {
    var share = FullPassShare()
    for _ in 0..<FullPassShare.grace { share.take(missing: 3) }
    play(&share, windows: 1, missing: 0)
    #expect(share.share == 1)
    share.startScene()
    for _ in 0..<FullPassShare.grace { share.take(missing: 3) }
    play(&share, windows: 1, missing: 0)
    #expect(share.share == 1)
  }

  @Test("missing frames halve it down to the smallest, and clean windows bring it back")
  func halvesAndGrows() {
    var share = steady
    for expected in [0.5, 0.25, 0.125, 0.0625, 0.0625] {
      play(&share, windows: 1, missing: 2)
      #expect(share.share == expected)
    }
    #expect(share.share == FullPassShare.smallest)
    for expected in [0.125, 0.25, 0.5, 1, 1] {
      play(&share, windows: 1, missing: 0)
      #expect(share.share == expected)
    }
  }

  @Test("a single missing frame keeps it where it is")
  func waitsForCleanWindows() {
    var share = steady
    play(&share, windows: 1, missing: 2)
    play(&share, windows: 10, missing: 1)
    #expect(share.share == 0.5)
  }

  @Test("where a larger share makes frames go missing again, it is tried less and less often")
  func becomesPatient() {
    var share = steady
    var tries: [Int] = []
    for window in 0..<200 {
      let before = share.share
      play(&share, windows: 1, missing: before >= 1 ? 5 : 0)
      if share.share > before { tries.append(window) }
    }
    let pauses = zip(tries, tries.dropFirst()).map { $1 - $0 }
    #expect(pauses.first == 3 && pauses.last == FullPassShare.longestPatience + 1, "\(pauses)")
    #expect(pauses == pauses.sorted())
    play(&share, windows: 200, missing: 0)
    play(&share, windows: 1, missing: 5)
    play(&share, windows: 1, missing: 0)
    #expect(share.share == 1, "a long time without trouble makes it try again at once")
  }

  @Test("a pass may start when the time since the last one has room for it")
  func allowsByTime() {
    var share = steady
    #expect(share.allows(milliseconds: 1000, after: 0))
    play(&share, windows: 2, missing: 9)
    #expect(share.share == 0.25)
    #expect(!share.allows(milliseconds: 100, after: 0.399) && share.allows(milliseconds: 100, after: 0.4))
  }

  @Test("no gap, however long or wrong, is more than one window's trouble", arguments: [Int.max, Int.min, 1_000_000])
  func boundsGaps(gap: Int) {
    var share = steady
    play(&share, windows: 1, missing: gap)
    #expect(share.share == (gap > 0 ? 0.5 : 1))
    play(&share, windows: 1, missing: 0)
    #expect(share.share == 1)
  }
}
