public import SegGraph

/// What one step of an executable took.
public struct StepProfile: Sendable {
  /// The node's name.
  public let name: String
  /// What ran: the library's name for a convolution's code ("brgconv:avx512_core"), or the kernel's ("max pool").
  public let kind: String
  /// The arithmetic of a convolution; nil for what is none.
  public let precision: Precision?
  /// Milliseconds.
  public let milliseconds: Double
  /// 10⁹ floating-point operations, two for each multiply-add of the plain sums of products; zero for what is not a convolution. By Winograd's tiles a
  /// convolution does fewer, so its rate may be several times the processor's peak.
  public let gigaOperations: Double

  /// 10⁹ floating-point operations a second; zero when nothing was counted.
  public var gigaOperationsPerSecond: Double { milliseconds > 0 ? gigaOperations / milliseconds * 1000 : 0 }
}
