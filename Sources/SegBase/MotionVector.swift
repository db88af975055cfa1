/// Where a video's encoder took one block of a picture from. Positions are the block's centre in pixels of the upright picture, (0, 0) being the corner of the
/// picture's first pixel.
public struct MotionVector: Sendable, Hashable {
  /// Where the block is in its own picture.
  public var destinationX, destinationY: Float
  /// Where it was taken from in the picture that it refers to; may lie outside.
  public var sourceX, sourceY: Float
  /// The block's size in pixels.
  public var width, height: Int
  /// Whether that picture is an earlier one; a later one otherwise.
  public var isForward: Bool
  /// What the way to the source is multiplied with to become the way to the previous frame: 1 over the number of frames between the two pictures, negative when
  /// the source is later.
  public var scale: Float

  /// Makes a vector.
  public init(destinationX: Float, destinationY: Float, sourceX: Float, sourceY: Float, width: Int, height: Int, isForward: Bool = true, scale: Float = 1) {
    (self.destinationX, self.destinationY) = (destinationX, destinationY)
    (self.sourceX, self.sourceY) = (sourceX, sourceY)
    (self.width, self.height) = (width, height)
    (self.isForward, self.scale) = (isForward, scale)
  }
}
