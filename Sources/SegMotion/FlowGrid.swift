package import CSegKernels
package import SegBase

/// Reads a flow field at another grid, a row at a time, without a field of that grid; keeps the tables for the last pair of sizes.
package struct FlowGrid: ~Copyable {
  private var field = PixelSize(width: 0, height: 0)
  private var grid = PixelSize(width: 0, height: 0)
  private var rows: [SegTap] = []
  private var columns: [SegTap] = []
  private var row = FloatStorage()

  /// Makes one with nothing prepared.
  package init() {}

  /// Calls `body` with the view of `flow` at the grid of `size`, vectors scaled to its pixels.
  package mutating func withView(of flow: borrowing FlowField, at size: PixelSize, _ body: (UnsafePointer<SegFlowView>) -> Void) {
    precondition(flow.size.pixelCount > 0 && size.pixelCount > 0, "grids with pixels")
    var view = SegFlowView()
    view.field = UnsafePointer(flow.storage.start)
    (view.field_width, view.width, view.height) = (Int32(flow.size.width), Int32(size.width), Int32(size.height))
    (view.scale_x, view.scale_y) = (1, 1)
    if flow.size == size {
      body(&view)
      return
    }
    prepare(flow.size, size)
    (view.scale_x, view.scale_y) = (Float(size.width) / Float(flow.size.width), Float(size.height) / Float(flow.size.height))
    view.row = row.start
    rows.withUnsafeBufferPointer { rows in
      columns.withUnsafeBufferPointer { columns in
        (view.rows, view.columns) = (rows.baseAddress, columns.baseAddress)
        body(&view)
      }
    }
  }

  private mutating func prepare(_ field: PixelSize, _ grid: PixelSize) {
    if field == self.field && grid == self.grid { return }
    (self.field, self.grid) = (field, grid)
    rows = [SegTap](unsafeUninitializedCapacity: grid.height) { taps, count in
      seg_resize_taps(taps.baseAddress, Int32(grid.height), Int32(field.height), 0)
      count = grid.height
    }
    columns = [SegTap](unsafeUninitializedCapacity: grid.width) { taps, count in
      seg_resize_taps(taps.baseAddress, Int32(grid.width), Int32(field.width), 0)
      count = grid.width
    }
    row.reserve(2 * grid.width)
  }
}
