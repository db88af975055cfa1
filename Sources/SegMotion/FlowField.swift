public import SegBase

/// Dense optical flow: for each pixel of one picture its displacement to the same point in another picture.
///
/// Vectors are (x, y), row after row, in pixels of the field's own grid: the point at the centre of pixel p of the first picture is at p + vector in the second.
/// Everywhere in this module the first picture is the current frame and the second an earlier one ("backward" flow), which is what warping results of the
/// earlier frame to the current one needs. The buffer is kept when the field is reshaped to something that fits in it.
public struct FlowField: ~Copyable, Sendable {
  /// Width and height of the grid.
  public private(set) var size: PixelSize
  var storage: FloatStorage

  /// A field of `size` whose vectors are all zero.
  public init(size: PixelSize) {
    self.size = size
    storage = FloatStorage(count: 2 * size.pixelCount)
  }

  /// Gives the field another grid. Its vectors are undefined afterwards; memory is allocated only when it must grow.
  public mutating func reshape(to size: PixelSize) {
    storage.reserve(2 * size.pixelCount)
    self.size = size
  }

  /// Sets every vector to (x, y).
  public mutating func fill(x: Float, y: Float) {
    for index in 0..<size.pixelCount {
      storage.start[2 * index] = x
      storage.start[2 * index + 1] = y
    }
  }

  /// Becomes a copy of `other`. Memory is allocated only when it must grow.
  public mutating func copyVectors(of other: borrowing FlowField) {
    reshape(to: other.size)
    storage.start.update(from: other.storage.start, count: 2 * size.pixelCount)
  }

  /// The vector of one pixel; for tests and single probes.
  public subscript(x: Int, y: Int) -> (x: Float, y: Float) {
    get {
      precondition((0..<size.width).contains(x) && (0..<size.height).contains(y), "a pixel of the grid")
      let place = storage.start + 2 * (y * size.width + x)
      return (place[0], place[1])
    }
    set {
      precondition((0..<size.width).contains(x) && (0..<size.height).contains(y), "a pixel of the grid")
      let place = storage.start + 2 * (y * size.width + x)
      (place[0], place[1]) = newValue
    }
  }

  /// Calls `body` with the vectors: x and y in turn, row after row.
  public borrowing func withVectors<Result: ~Copyable, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeBufferPointer(start: storage.start, count: 2 * size.pixelCount))
  }

  /// Calls `body` with the vectors for writing: x and y in turn, row after row.
  public mutating func withMutableVectors<Result: ~Copyable, Failure: Error>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeMutableBufferPointer(start: storage.start, count: 2 * size.pixelCount))
  }
}
