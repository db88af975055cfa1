/// What a frame gets.
public enum Pass: String, Sendable, Hashable, CaseIterable, Codable {
  /// The whole network.
  case full
  /// The network's shallow stage and head on this frame; its deep features are the keyframe's, warped to this frame.
  case partial
  /// No network: the last result is warped to this frame along the optical flow.
  case propagate
  /// No work at all: the last result stays where it was, or nothing is drawn when it belongs to another scene.
  case hold
}
