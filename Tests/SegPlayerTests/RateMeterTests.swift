import SegPlayer
import Testing

@Suite struct RateMeterTests {
  @Test func needsTwoEvents() {
    var meter = RateMeter()
    #expect(meter.rate(at: 0) == 0)
    meter.record(at: 5)
    #expect(meter.rate(at: 6) == 0)
  }

  @Test func measuresAnEvenRate() {
    var meter = RateMeter(window: 1_000_000_000, capacity: 64)
    for frame in 0..<200 { meter.record(at: UInt64(frame) * 40_000_000) }
    #expect(abs(meter.rate(at: 199 * 40_000_000) - 25) < 1e-9)
  }

  @Test func forgetsWhatIsOlderThanTheWindow() {
    var meter = RateMeter(window: 1_000_000_000, capacity: 64)
    for frame in 0..<50 { meter.record(at: UInt64(frame) * 20_000_000) }
    #expect(meter.rate(at: 10_000_000_000) == 0)
  }

  @Test func resetForgetsEverything() {
    var meter = RateMeter()
    meter.record(at: 0)
    meter.record(at: 1000)
    meter.reset()
    #expect(meter.rate(at: 1000) == 0)
  }
}
