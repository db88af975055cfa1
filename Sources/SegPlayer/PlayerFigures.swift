package import SegBase
package import SegSchedule

/// The live figures of a player, as the HUD and the status lines show them.
package struct PlayerFigures: Sendable {
  /// Where playback is.
  package var position = MediaTime.zero
  /// The video's length; nil where it is not known.
  package var duration: MediaTime?
  /// Frames a second of the video itself, when known.
  package var videoRate: Double?
  /// Frames a second that the network finished.
  package var networkRate = 0.0
  /// Milliseconds the network took for its last frame.
  package var networkMilliseconds = 0.0
  /// Frames a second that came to the screen.
  package var shownRate = 0.0
  /// Frames shown since the start.
  package var shownFrames = 0
  /// Frames that were too late and left out since the start.
  package var droppedFrames = 0
  /// Damaged packets that were passed over.
  package var corruptPackets = 0
  /// How much older than the frame its mask is; nil without a mask.
  package var maskAge: MediaTime?
  /// Whether the schedule brings results of earlier frames forward.
  package var bringsForward = false
  /// What the newest mask's frame got; nil without a mask.
  package var pass: Decision?
  /// Shares of the passes since the model or the schedule changed, 0...1, those that occurred.
  package var passShares: [(pass: Pass, share: Double)] = []
  /// Mean number of frames from one key to the next since the model or the schedule changed; nil before the second.
  package var keyInterval: Double?
  /// The last frames' passes and costs, the oldest first.
  package var strip: [PassStatistics.StripEntry] = []
  /// Bytes written to the terminal for the last frame.
  package var bytesPerFrame = 0
  /// Speed against the video's own.
  package var speed = 1.0
  /// Whether playback stands still.
  package var isPaused = false
  /// The classes in view, those with the most of the picture or the most objects first.
  package var legend: [LegendEntry] = []

  /// Makes figures of a playback that has not begun.
  package init() {}
}
