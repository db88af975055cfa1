internal import SegBase
internal import SegModels
internal import SegMotion

/// A full pass on its way to the thread that runs it.
struct KeyJob: ~Copyable, Sendable {
  /// RGB of the network's input size.
  let picture: PixelImage
  /// The size at which masks of instances are wanted.
  let shown: PixelSize?
  /// Which pass it is.
  let number: Int
  /// Number of its frame.
  let frame: Int
  /// Whether objects are not those of the pass before.
  let forgetsTracks: Bool
  /// How its scores are fused with those of an earlier pass; nil: not at all.
  let fusion: KeyFusion?
}

/// How scores are blended with those of an earlier pass.
struct KeyFusion: ~Copyable, Sendable {
  /// The number of the earlier pass.
  let number: Int
  /// From the new pass's frame to that of the earlier one.
  let flow: FlowField
  /// `gray8`: where the flow is to be trusted.
  let mask: PixelImage
  /// Share of the new scores, 0...1.
  let freshShare: Float
}

/// What a full pass gave.
struct KeyAnswer: ~Copyable, Sendable {
  /// Class scores, or nothing where the network finds instances.
  var scores = ScoreMap()
  /// The index map of `instances`, where the network finds instances.
  var map = PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)
  var instances: [DetectedInstance] = []
  /// The numbers of its job and of that one's frame.
  var number = 0
  var frame = 0
  /// Milliseconds of the network alone.
  var milliseconds = 0.0
  /// Milliseconds of fusing; nil where nothing was fused.
  var fusingMilliseconds: Double?
  var failure: InputError?
}
