/// Why a frame became a keyframe, which is one that gets a full pass at once or in the background.
public enum KeyReason: String, Sendable, Hashable, CaseIterable, Codable {
  /// Nothing has been computed before it.
  case first
  /// A seek, another size of the picture, another model, or a frame number that does not follow.
  case discontinuity
  /// Another scene begins.
  case cut
  /// Every frame is one, by the policy or because the machine keeps up.
  case every
  /// The interval of the policy, or the largest one, is over.
  case interval
  /// The predicted loss went above the target.
  case predictedError
  /// The picture as a whole has become another than the keyframe's: a dissolve, a fade, changed light.
  case drift
  /// The background core was free.
  case idle
}
