public import SegBase

/// What is written beside an instance, for displays that write text by themselves.
public struct InstanceLabel: Hashable, Sendable {
  /// "person 0.87".
  public var text: String
  /// Where the instance's box begins: shares of the picture's width and height, 0...1.
  public var x, y: Double
  /// The instance's colour.
  public var colour: Colour

  /// Makes a label.
  public init(text: String, x: Double, y: Double, colour: Colour) { (self.text, self.x, self.y, self.colour) = (text, x, y, colour) }
}
