import SegBase

/// The part of a prototype-sized mask that a box leaves: whole rows and columns, ends excluded (NETWORKS.md 2.8).
struct MaskCrop: Hashable {
  let rows, columns: Range<Int>

  /// The rows and columns whose index is not below the box's edge less one and below its other edge plus one. The box's corners (left, top, right, bottom) are
  /// shares of the picture, in any order, and may lie outside it.
  init(corners: SIMD4<Float>, size: PixelSize) {
    columns = Self.range(corners[0], corners[2], size.width)
    rows = Self.range(corners[1], corners[3], size.height)
  }

  private static func range(_ a: Float, _ b: Float, _ count: Int) -> Range<Int> {
    let side = Float(count)
    let (first, last) = (max(min(a * side, b * side) - 1, 0), min(max(a * side, b * side) + 1, side))
    // Also nothing where an edge is no number.
    guard first < last else { return 0..<0 }
    return Int(first.rounded(.up))..<Int(last.rounded(.up))
  }

  /// Whether nothing is left.
  var isEmpty: Bool { rows.isEmpty || columns.isEmpty }
  /// Blocks of sixteen columns, from a column that is a multiple of sixteen, that hold the crop's.
  var blocks: Range<Int> { columns.lowerBound / Self.blockWidth..<(columns.upperBound + Self.blockWidth - 1) / Self.blockWidth }
  /// Numbers that the rows of those blocks take.
  var valueCount: Int { rows.count * blocks.count * Self.blockWidth }

  /// Columns that are computed at once.
  static let blockWidth = 16
}
