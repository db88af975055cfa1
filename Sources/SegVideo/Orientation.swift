internal import CFFmpeg
internal import SegBase

/// One of the eight ways a stored picture may have to be turned or mirrored to stand upright.
///
/// The stored picture is transposed first (rows become columns), then mirrored left to right, then top to bottom.
struct Orientation: Hashable, Sendable {
  var transposed = false
  var mirroredLeftToRight = false
  var mirroredTopToBottom = false

  /// As stored.
  static let upright = Orientation()

  /// Whether nothing needs to be done.
  var isUpright: Bool { self == .upright }

  /// Clockwise turn in degrees that the orientation contains: 0, 90, 180 or 270.
  var rotation: Int {
    if transposed { return mirroredLeftToRight ? 90 : 270 }
    return mirroredTopToBottom ? 180 : 0
  }

  /// The size of a picture of `size` once it stands upright.
  func applied(to size: PixelSize) -> PixelSize { transposed ? PixelSize(width: size.height, height: size.width) : size }

  /// Reads the orientation from a display matrix: [a b u; c d v; x y w] maps a stored point to (a x + c y, b x + d y) on the screen.
  /// Turns that are no multiple of 90 degrees are taken as none.
  init(matrix: UnsafePointer<Int32>?) {
    guard let matrix else { return }
    let (a, b, c, d) = (Double(matrix[0]), Double(matrix[1]), Double(matrix[3]), Double(matrix[4]))
    if abs(a) + abs(d) > 4 * (abs(b) + abs(c)) {
      mirroredLeftToRight = a < 0
      mirroredTopToBottom = d < 0
    } else if abs(b) + abs(c) > 4 * (abs(a) + abs(d)) {
      transposed = true
      mirroredLeftToRight = c < 0
      mirroredTopToBottom = b < 0
    }
  }

  init() {}

  /// Writes the stored picture `source`, whose rows are `sourceStride` elements apart, upright into `target`.
  func apply<Pixel>(
    _ source: UnsafePointer<Pixel>, sourceStride: Int, storedSize: PixelSize, into target: UnsafeMutablePointer<Pixel>, components: Int
  ) {
    let upright = applied(to: storedSize)
    for y in 0..<upright.height {
      let v = mirroredTopToBottom ? upright.height - 1 - y : y
      for x in 0..<upright.width {
        let u = mirroredLeftToRight ? upright.width - 1 - x : x
        let from = source + (transposed ? u * sourceStride + v * components : v * sourceStride + u * components)
        let to = target + (y * upright.width + x) * components
        for component in 0..<components { to[component] = from[component] }
      }
    }
  }
}
