internal import SegBase
internal import SegMotion

/// The flow from the newest frame to an earlier one, which grows by each frame's.
struct FlowChain: ~Copyable {
  /// From each pixel of the newest frame to its place in the earlier one; undefined while `frames` is 0.
  private(set) var field = FlowField(size: PixelSize(width: 1, height: 1))
  /// Frames since the earlier one.
  private(set) var frames = 0
  private var spare = FlowField(size: PixelSize(width: 1, height: 1))

  init() {}

  /// Begins at the newest frame.
  mutating func restart() { frames = 0 }

  /// Takes the flow of the next frame to the one before.
  mutating func prepend(_ step: borrowing FlowField) {
    if frames == 0 {
      field.copyVectors(of: step)
    } else {
      field.prepend(step, scratch: &spare)
    }
    frames += 1
  }
}
