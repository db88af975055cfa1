package import SegSchedule

/// What became of a frame's pass.
package struct FramePass: Sendable, Hashable {
  /// Which pass the frame got, and the age of what it shows.
  package var decision: Decision
  /// Milliseconds of the frame's own work, flow included.
  package var milliseconds: Double
  /// Milliseconds of the full pass that ended with this frame; nil where none did.
  package var fullMilliseconds: Double?
  /// The frame as a line of a recording.
  package var recorded: RecordedFrame
}
