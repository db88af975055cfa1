/// A rectangle of a picture, as shares of its width and height: 0...1, the first corner above and left of the second.
public struct InstanceBox: Hashable, Sendable {
  /// Left and top edge.
  public var x1, y1: Float
  /// Right and bottom edge.
  public var x2, y2: Float

  /// Makes a box of its corners.
  public init(x1: Float, y1: Float, x2: Float, y2: Float) { (self.x1, self.y1, self.x2, self.y2) = (x1, y1, x2, y2) }

  /// Width times height, 0...1.
  public var area: Float { max(0, x2 - x1) * max(0, y2 - y1) }

  /// The area common with another box over the area of both; 0 where neither has one.
  public func overlap(with other: InstanceBox) -> Float {
    let common = max(0, min(x2, other.x2) - max(x1, other.x1)) * max(0, min(y2, other.y2) - max(y1, other.y1))
    let all = area + other.area - common
    return all > 0 ? common / all : 0
  }

  /// The box in pixels of a picture: edges scaled and cut to whole numbers, as the original YOLACT draws them (NETWORKS.md 2.8).
  public func edges(in size: PixelSize) -> (left: Int, top: Int, right: Int, bottom: Int) {
    let cut = { (share: Float, side: Int) in Int(max(0, min(1, share)) * Float(side)) }
    return (cut(x1, size.width), cut(y1, size.height), cut(x2, size.width), cut(y2, size.height))
  }
}
