/// Predicts what a result loses by being brought forward instead of computed anew, in points of mean IoU (1 point is 0.01).
///
///     loss = inconsistency * I + path * M + pathAge * M * t + difference * A
///
/// with I, M, t and A the inconsistent share, path, seconds and summed difference of the `Drift` since the key. Nothing moves: nothing is lost, at any age.
/// M * t makes the loss grow with the square of time in steady motion, as the measured loss does, whatever the frame rate.
///
/// The defaults come from CamVid's validation drive at 15 Hz (480x360; ENet), on which a frame moves by 0.0111 picture widths and has 14.8 % inconsistent pixels
/// on average. Documentation/SCHEDULING.md has the losses, and what was found on other videos.
public struct ErrorModel: Sendable, Hashable {
  /// Points that are lost when every pixel has become inconsistent.
  public var inconsistency: Double
  /// Points lost a picture width of motion.
  public var path: Double
  /// Points lost a picture width of motion and second of age.
  public var pathAge: Double
  /// Points lost a unit of summed mean absolute difference.
  public var difference: Double

  /// Makes a model of its coefficients; negative ones and what is no number count as 0.
  public init(inconsistency: Double = 0, path: Double = 0, pathAge: Double = 0, difference: Double = 0) {
    let range = 0...1e9
    self.inconsistency = inconsistency.bounded(to: range)
    self.path = path.bounded(to: range)
    self.pathAge = pathAge.bounded(to: range)
    self.difference = difference.bounded(to: range)
  }

  /// For results warped along dense optical flow, from frame to frame: with a key every 5 and 10 frames of that drive they lost 0.29 and 1.39 points, with M * t
  /// = 0.0111 * d * d / 15 at distance d. It needs the flow in one direction only: the inconsistent share explains no more of what is lost.
  public static let denseFlow = ErrorModel(pathAge: 66)

  /// For results warped along a codec's motion vectors, as encoded with B-frames: keys every 2, 5 and 10 frames of the same drive scored 0.6469, 0.5967 and
  /// 0.5593 where a full pass on every frame scored 0.6531, which a loss of 2.20 points a frame fits best (least squares over the three means).
  public static let codecVectors = ErrorModel(path: 198)

  /// For results that stay where they were: 0.6338, 0.5766 and 0.5159, which a loss of 3.18 points a frame fits best; a frame differs from the one before by
  /// 0.0559 on average. The only model that needs no flow.
  public static let staleCopies = ErrorModel(difference: 57)

  /// The predicted loss after `drift`, at least 0 and finite.
  public func loss(after drift: Drift) -> Double {
    (inconsistency * drift.inconsistentShare + path * drift.path + pathAge * drift.path * drift.seconds + difference * drift.difference).bounded(to: 0...1e12)
  }
}
