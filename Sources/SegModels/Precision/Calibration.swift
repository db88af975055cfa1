public import SegGraph

/// What int8 needs to know about a network: measured on pictures of its kind, stored beside the weights.
public struct Calibration: Hashable, Sendable {
  /// The range that bytes are to cover, by the keys of `Graph.valueKeys` of the optimised graph.
  public var ranges: [String: ValueRange]
  /// The nodes that lose too much in int8, with what they run in.
  public var kept: [String: Precision]

  /// Makes a calibration.
  public init(ranges: [String: ValueRange], kept: [String: Precision] = [:]) { (self.ranges, self.kept) = (ranges, kept) }
}
