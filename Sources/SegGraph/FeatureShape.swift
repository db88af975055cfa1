/// The shape of a feature map in a graph: channels last, one picture at a time. Memory order is row, column, channel.
public struct FeatureShape: Hashable, Sendable, CustomStringConvertible {
  /// Rows.
  public var height: Int
  /// Columns.
  public var width: Int
  /// Channels at each position.
  public var channels: Int

  /// Makes a shape of `height` x `width` x `channels`.
  public init(height: Int, width: Int, channels: Int) {
    self.height = height
    self.width = width
    self.channels = channels
  }

  /// Places in the map.
  public var area: Int { height * width }

  /// Elements in the map.
  public var count: Int { height * width * channels }

  /// "32x64x19".
  public var description: String { "\(height)x\(width)x\(channels)" }
}
