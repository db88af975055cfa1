import SegBase
import Testing

@Suite struct MediaTimeTests {
  @Test func clockTextShowsHoursOnlyWhereThereAreAny() {
    #expect(MediaTime(seconds: 0).clockText == "0:00")
    #expect(MediaTime(seconds: 61.9).clockText == "1:01")
    #expect(MediaTime(seconds: 3661).clockText == "1:01:01")
    #expect(MediaTime(seconds: -3).clockText == "0:00")
  }

  @Test func secondsRoundTripAndAreClamped() {
    #expect(MediaTime(seconds: 1.25).microseconds == 1_250_000)
    #expect(MediaTime(seconds: 1e300).microseconds == 9_000_000_000_000_000)
    #expect(MediaTime(seconds: 2) - MediaTime(seconds: 0.5) == MediaTime(seconds: 1.5))
  }
}
