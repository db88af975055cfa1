internal import CFFmpeg

/// Turns a stream's timestamps into microseconds that start at zero and always increase.
struct PresentationClock {
  /// The stream's ticks in seconds.
  let timeBase: AVRational
  /// Frames a second, for frames without a timestamp.
  let frameRate: AVRational
  /// Whether the stream has no times, so that frames are numbered.
  let isNumbered: Bool
  /// The timestamp that is zero: the first frame's. Set by the first call of `time`.
  private(set) var origin: Int64?
  private var last: Int64?
  private var count: Int64 = 0

  init(timeBase: AVRational, frameRate: AVRational, isNumbered: Bool, origin: Int64? = nil) {
    self.origin = origin
    self.timeBase = timeBase
    self.frameRate = frameRate
    self.isNumbered = isNumbered
  }

  private static let microseconds = AVRational(num: 1, den: 1_000_000)

  /// The length of a frame in microseconds, at least 1.
  var nominalDuration: Int64 { max(1, av_rescale(1_000_000, Int64(frameRate.den), Int64(frameRate.num))) }

  /// The time of the next frame, whose timestamp may be missing. A frame that is not later than the one before comes one frame's length after it.
  mutating func time(timestamp: Int64?) -> Int64 {
    if isNumbered {
      defer { count += 1 }
      return av_rescale(count, 1_000_000 * Int64(frameRate.den), Int64(frameRate.num))
    }
    var time = last.map { $0 &+ nominalDuration } ?? 0
    if let timestamp {
      let start = origin ?? timestamp
      origin = start
      let (ticks, overflowed) = timestamp.subtractingReportingOverflow(start)
      let stamped = overflowed ? nil : Optional(av_rescale_q(ticks, timeBase, PresentationClock.microseconds))
      if let stamped, abs(stamped / 2) < Int64.max / 8, last.map({ stamped > $0 }) ?? true { time = stamped }
    }
    last = time
    return time
  }

  /// Starts again after a seek: the next frame's timestamp is believed whatever it is.
  mutating func restart() {
    last = nil
    count = 0
  }

  /// How many frames of the nominal length fit before a time.
  func frameIndex(at time: Int64) -> Int64 { av_rescale_rnd(time, Int64(frameRate.num), 1_000_000 * Int64(frameRate.den), AV_ROUND_DOWN) }

  /// The timestamp that belongs to a time.
  func timestamp(_ time: Int64) -> Int64 { (origin ?? 0) &+ av_rescale_q(time, PresentationClock.microseconds, timeBase) }
}
