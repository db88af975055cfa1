/// In which order rows of products and rows of results are made.
struct EnlargedRows {
  /// Rows of the small map whose products are made at once, and the rows of results that can then be made.
  struct Strip: Hashable {
    let rows, results: Range<Int>
  }

  let strips: [Strip]
  /// Rows of products that are kept, a multiple of a strip's: row r lies at r modulo this.
  let ringRows: Int

  /// Strips of `stripRows` rows or of fewer where that divides the rows evenly.
  init(_ axis: EnlargedAxis, stripRows: Int) {
    let most = min(stripRows, axis.length)
    let rows = (most / 2 + 1...most).last { axis.length.isMultiple(of: $0) } ?? most
    // Rows that are all padding need nothing, and come with the row before.
    var (last, span, needed) = (0, 1, [Int]())
    for shares in axis.shares {
      let places = shares.map(\.place)
      if let first = places.min(), let end = places.max() { (last, span) = (max(last, end), max(span, end - first + 1)) }
      needed.append(last)
    }
    var (strips, next) = ([Strip](), 0)
    for first in stride(from: 0, to: axis.length, by: rows) {
      let end = min(first + rows, axis.length)
      let begin = next
      while next < needed.count, needed[next] < end { next += 1 }
      strips.append(Strip(rows: first..<end, results: begin..<next))
    }
    self.strips = strips
    ringRows = (rows + span - 1 + rows - 1) / rows * rows
  }

  /// How many rows strips have.
  var stripSizes: Set<Int> { Set(strips.map(\.rows.count)) }
  /// Rows of results that are made at once at most.
  var mostRows: Int { strips.map(\.results.count).max() ?? 0 }
}
