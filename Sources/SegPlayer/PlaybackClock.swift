package import SegBase

/// The relation between the wall clock and the video's clock: where playback is at a moment, at a speed, playing or paused.
///
/// A pure value: the wall clock's reading is an argument, in nanoseconds since any fixed moment.
package struct PlaybackClock: Sendable, Equatable {
  /// The speeds that keys step through; 1 is the video's own.
  package static let speeds: [Double] = [0.1, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4, 8]

  /// How many seconds of video pass in a second, above 0.
  package private(set) var speed: Double = 1
  /// Whether the video's clock stands still.
  package private(set) var isPaused: Bool
  private var anchorMedia: MediaTime
  private var anchorWall: UInt64

  /// Starts the clock at `media` when the wall clock reads `wall`.
  package init(media: MediaTime, wall: UInt64, isPaused: Bool = false) {
    anchorMedia = media
    anchorWall = wall
    self.isPaused = isPaused
  }

  /// The video's time at a reading of the wall clock.
  package func media(at wall: UInt64) -> MediaTime {
    if isPaused { return anchorMedia }
    let elapsed = Double(Int64(bitPattern: wall &- anchorWall)) / 1e9
    return anchorMedia + MediaTime(seconds: elapsed * speed)
  }

  /// The wall clock's reading at which the video's clock shows `media`; nil while paused.
  package func wall(at media: MediaTime) -> UInt64? {
    if isPaused { return nil }
    let nanoseconds = Double((media - anchorMedia).microseconds) * 1000 / speed
    return UInt64(max(0, Double(anchorWall) + nanoseconds))
  }

  /// Sets the video's clock to `media` now.
  package mutating func move(to media: MediaTime, at wall: UInt64) {
    anchorMedia = media
    anchorWall = wall
  }

  /// Stops or starts the clock where it is.
  package mutating func setPaused(_ paused: Bool, at wall: UInt64) {
    move(to: media(at: wall), at: wall)
    isPaused = paused
  }

  /// Changes the speed from now on; the position stays.
  package mutating func setSpeed(_ speed: Double, at wall: UInt64) {
    precondition(speed > 0, "time runs forward")
    move(to: media(at: wall), at: wall)
    self.speed = speed
  }

  /// Takes the next faster (`direction` 1) or slower (-1) speed of `speeds`.
  package mutating func stepSpeed(_ direction: Int, at wall: UInt64) {
    let next = direction > 0 ? Self.speeds.first { $0 > speed + 1e-9 } : Self.speeds.last { $0 < speed - 1e-9 }
    if let next { setSpeed(next, at: wall) }
  }
}
