/// A size in terminal cells: columns along a row, rows from the top. Both are at least 0.
public struct CellSize: Hashable, Sendable {
  /// Cells in a row.
  public var columns: Int
  /// Rows.
  public var rows: Int

  /// Makes a size of `columns` x `rows` cells.
  public init(columns: Int, rows: Int) {
    precondition(columns >= 0 && rows >= 0, "negative cell size")
    self.columns = columns
    self.rows = rows
  }
}

/// A rectangle of terminal cells; `left` and `top` count from 0.
public struct CellRectangle: Hashable, Sendable {
  /// The first column.
  public var left: Int
  /// The first row.
  public var top: Int
  /// Columns and rows.
  public var size: CellSize

  /// Makes a rectangle from its upper left cell and its size.
  public init(left: Int, top: Int, size: CellSize) {
    self.left = left
    self.top = top
    self.size = size
  }

  /// A rectangle of `inner` cells in the middle of this one, cut to it where it is larger.
  public func centred(_ inner: CellSize) -> CellRectangle {
    let cut = CellSize(columns: min(inner.columns, size.columns), rows: min(inner.rows, size.rows))
    return CellRectangle(left: left + (size.columns - cut.columns) / 2, top: top + (size.rows - cut.rows) / 2, size: cut)
  }

  /// The cells that are in both rectangles; without columns or rows when there are none.
  public func intersection(_ other: CellRectangle) -> CellRectangle {
    let (left, top) = (max(self.left, other.left), max(self.top, other.top))
    let right = min(self.left + size.columns, other.left + other.size.columns)
    let bottom = min(self.top + size.rows, other.top + other.size.rows)
    return CellRectangle(left: left, top: top, size: CellSize(columns: max(0, right - left), rows: max(0, bottom - top)))
  }
}
