import SegGraph

/// The 4x4 tiles of a convolution's output.
///
/// With a dilation d the output is d x d maps, each of every d-th row and column, that see nothing of each other: the tiles are those of these maps.
struct WinogradTiling: Equatable {
  /// Rows and columns of a tile.
  static let side = 4

  /// The first output row of each row of tiles, and the first column of each column; the others of a tile follow in steps of the dilation.
  let tops, lefts: [Int]

  init(height: Int, width: Int, dilation: (vertical: Int, horizontal: Int)) {
    tops = Self.starts(height, dilation.vertical)
    lefts = Self.starts(width, dilation.horizontal)
  }

  /// Tiles in all.
  var count: Int { tops.count * lefts.count }

  private static func starts(_ length: Int, _ dilation: Int) -> [Int] {
    (0..<dilation).flatMap { phase in stride(from: phase, to: length, by: side * dilation) }
  }
}
