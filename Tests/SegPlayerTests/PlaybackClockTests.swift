import SegBase
import SegPlayer
import Testing

@Suite struct PlaybackClockTests {
  private let second: UInt64 = 1_000_000_000

  @Test func runsWithTheWallClock() {
    let clock = PlaybackClock(media: MediaTime(seconds: 10), wall: 5 * second)
    #expect(clock.media(at: 7 * second) == MediaTime(seconds: 12))
    #expect(clock.wall(at: MediaTime(seconds: 12)) == 7 * second)
  }

  @Test func standsStillWhilePausedAndGoesOnWhereItStopped() {
    var clock = PlaybackClock(media: .zero, wall: 0)
    clock.setPaused(true, at: 3 * second)
    #expect(clock.media(at: 60 * second) == MediaTime(seconds: 3))
    #expect(clock.wall(at: MediaTime(seconds: 4)) == nil)
    clock.setPaused(false, at: 60 * second)
    #expect(clock.media(at: 61 * second) == MediaTime(seconds: 4))
  }

  @Test func speedChangesKeepThePosition() {
    var clock = PlaybackClock(media: .zero, wall: 0)
    clock.setSpeed(2, at: second)
    #expect(clock.media(at: second) == MediaTime(seconds: 1))
    #expect(clock.media(at: 2 * second) == MediaTime(seconds: 3))
    #expect(clock.wall(at: MediaTime(seconds: 3)) == 2 * second)
  }

  @Test func speedStepsStayInTheirRange() {
    var clock = PlaybackClock(media: .zero, wall: 0)
    for _ in 0..<30 { clock.stepSpeed(1, at: 0) }
    #expect(clock.speed == PlaybackClock.speeds.last)
    for _ in 0..<30 { clock.stepSpeed(-1, at: 0) }
    #expect(clock.speed == PlaybackClock.speeds.first)
  }

  @Test func moveSetsThePosition() {
    var clock = PlaybackClock(media: .zero, wall: 0, isPaused: true)
    clock.move(to: MediaTime(seconds: 9), at: second)
    #expect(clock.media(at: 2 * second) == MediaTime(seconds: 9))
  }
}
