/// When a frame begins another scene.
///
/// Between two shots the luma histogram and the pixels differ both, and no flow joins the frames. Each alone also happens within a shot: the histogram jumps
/// when a camera adjusts its exposure, pixels differ in fast motion, and flow fails where nothing has texture. Hence pairs of measures, apart from a histogram
/// that has become another altogether. Documentation/SCHEDULING.md has the figures the thresholds come from.
public struct CutRule: Sendable, Hashable {
  /// A histogram distance from which a frame is a cut whatever the other signals say.
  public var certainHistogramDistance = 0.5
  /// A histogram distance from which a frame is a cut if the pixels differ as well.
  public var histogramDistance = 0.2
  /// A share of inconsistent pixels from which a frame is a cut if the pixels differ as well.
  public var inconsistentShare = 0.9
  /// The mean absolute difference from which the pixels differ.
  public var meanAbsoluteDifference = 0.1
  /// A share of intra blocks from which the encoder found nothing of the frame before: half the difference and nearly all the inconsistency then suffice.
  public var intraShare = 0.8
  /// The histogram distance to the keyframe from which the key no longer stands for the picture, though no single frame was a cut.
  public var driftDistance = 0.5

  /// Makes the rule with its default thresholds.
  public init() {}

  /// Whether a frame begins another scene; the signals must be `bounded`.
  public func isCut(_ signals: FrameSignals) -> Bool {
    if signals.histogramDistance >= certainHistogramDistance { return true }
    if let intra = signals.intraShare, intra >= intraShare, signals.inconsistentShare >= intraShare,
      signals.meanAbsoluteDifference >= meanAbsoluteDifference / 2
    {
      return true
    }
    if signals.meanAbsoluteDifference < meanAbsoluteDifference { return false }
    return signals.histogramDistance >= histogramDistance || signals.inconsistentShare >= inconsistentShare
  }

  /// Whether the picture has become another than that of the key `key`, by a measure against that very frame.
  public func hasDrifted(_ signals: FrameSignals, from key: Drift) -> Bool {
    guard let measured = signals.sinceKey, measured.frame == key.start, let distance = measured.histogramDistance else { return false }
    return distance >= driftDistance
  }
}
