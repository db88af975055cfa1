/// How the outputs of a network that finds instances are laid out (YOLACT, arXiv 1904.02689; NETWORKS.md 2.5 and 2.6).
///
/// The graph's outputs, for levels 0 (finest, P3) to 4: "loc<level>" (height x width x anchors * 4), "conf<level>" (anchors * classes, before the softmax) and
/// "mask<level>" (anchors * coefficients, after tanh); then "proto" (height x width x coefficients, after ReLU), and "p3" ... "p7".
public struct InstanceLayout: Sendable, Hashable {
  /// How the anchors of a level are shaped.
  public enum AnchorRule: Sendable, Hashable {
    /// Ratios 1, 1/2 and 2 of one scale, as squares: the height is set to the width.
    case squares
    /// Three scales (1, cube roots of 2 and 4), each with the ratios 1, 1/2 and 2.
    case scalesAndRatios
    /// Ratios 1, 1/2 and 2 of one scale.
    case ratios
  }

  /// Classes with the background, which is class 0.
  public var classCount: Int
  /// Anchors at each position.
  public var anchorsPerPosition: Int
  /// Mask coefficients of an anchor; prototypes.
  public var coefficientCount: Int
  /// Shapes of the anchors.
  public var anchorRule: AnchorRule
  /// Whether the checkpoint holds a network that scores masks anew (YOLACT++).
  public var rescoresMasks: Bool

  /// Makes a layout.
  public init(classCount: Int, anchorsPerPosition: Int, coefficientCount: Int = 32, anchorRule: AnchorRule = .squares, rescoresMasks: Bool = false) {
    (self.classCount, self.anchorsPerPosition, self.coefficientCount) = (classCount, anchorsPerPosition, coefficientCount)
    (self.anchorRule, self.rescoresMasks) = (anchorRule, rescoresMasks)
  }
}
