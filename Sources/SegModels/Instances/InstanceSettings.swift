/// What of a network's detections is kept.
public struct InstanceSettings: Sendable, Hashable {
  /// How detections of one object are reduced to one (NETWORKS.md 2.7).
  public enum NonMaximumSuppression: String, Sendable, Hashable, CaseIterable {
    /// YOLACT's own: a detection goes when a better one of its class overlaps it, even one that itself goes.
    case fast
    /// The same over all classes at once; each anchor stands for its best class only.
    case crossClass
    /// Greedy: a detection goes only when a better one of its class that stays overlaps it. Boxes count one pixel longer.
    case traditional
  }

  /// Detections must have more than this score, 0...1.
  public var scoreThreshold: Float
  /// The most instances a frame can have, the best ones; 1...255.
  public var maximumCount: Int
  /// How double detections go.
  public var nonMaximumSuppression: NonMaximumSuppression
  /// The share of their union by which boxes of one object overlap at most.
  public var overlapThreshold: Float
  /// An anchor takes part when the score of its best class is above this, between 0 and 1.
  public var candidateThreshold: Float
  /// How many candidates a class may have (`fast`), or all classes together (`crossClass`): the best.
  public var candidateCount: Int

  /// Makes settings; the defaults are the original's, with the threshold its documentation draws with.
  public init(
    scoreThreshold: Float = 0.15, maximumCount: Int = 100, nonMaximumSuppression: NonMaximumSuppression = .fast, overlapThreshold: Float = 0.5,
    candidateThreshold: Float = 0.05, candidateCount: Int = 200
  ) {
    (self.scoreThreshold, self.maximumCount, self.nonMaximumSuppression) = (scoreThreshold, maximumCount, nonMaximumSuppression)
    (self.overlapThreshold, self.candidateThreshold, self.candidateCount) = (overlapThreshold, candidateThreshold, candidateCount)
  }
}
