public import SegBase

/// Makes flow fields of a codec's motion vectors. Memory is kept from frame to frame. One thread at a time.
///
/// The field has one vector for each cell of about 8 x 8 pixels of the frame, the smallest block that decoders tell of, and leads to the previous frame.
/// `FlowWarper` reads it at any other grid.
public final class MotionVectorField {
  /// Pixels of the frame along a side of a cell, at most.
  public static let cellSide = 8

  /// The field's size for frames of `size`.
  public static func size(for size: PixelSize) -> PixelSize {
    PixelSize(width: (size.width + cellSide - 1) / cellSide, height: (size.height + cellSide - 1) / cellSide)
  }

  private var weights = FloatStorage()
  private var layers: [Int32] = []
  private var frontier: [Int32] = []
  private var next: [Int32] = []

  /// Makes one with nothing prepared.
  public init() {}

  /// Makes `field` of the vectors of a frame of `frameSize`; returns the share of its cells that no vector covers, 0 to 1 (1 for a frame coded without
  /// reference to others).
  ///
  /// Vectors over the same cell are averaged, those to nearer frames counting more. Cells without any take the mean of their neighbours, from the edges of the
  /// holes inwards; `holes` (`gray8` of the field's size) is 255 there and 0 elsewhere. Without any vector there is no motion.
  @discardableResult
  public func make(from vectors: [MotionVector], frameSize: PixelSize, into field: inout FlowField, holes: inout PixelImage) -> Float {
    precondition(frameSize.width > 0 && frameSize.height > 0, "a frame has at least one pixel")
    let grid = MotionVectorField.size(for: frameSize)
    field.reshape(to: grid)
    holes.reshape(to: grid, format: .gray8)
    field.fill(x: 0, y: 0)
    weights.reserve(grid.pixelCount)
    weights.start.update(repeating: 0, count: grid.pixelCount)
    for vector in vectors { add(vector, frameSize, &field) }
    let count = finish(frameSize, &field)
    holes.withMutableBytes { bytes in
      for index in bytes.indices { bytes[index] = weights.start[index] > 0 ? 0 : 255 }
    }
    if count > 0 && count < grid.pixelCount { fill(&field) }
    return 1 - Float(count) / Float(grid.pixelCount)
  }

  /// Adds a vector, in pixels of the frame, to the cells whose middles it covers.
  private func add(_ vector: MotionVector, _ frameSize: PixelSize, _ field: inout FlowField) {
    let grid = field.size
    let x = (vector.sourceX - vector.destinationX) * vector.scale
    let y = (vector.sourceY - vector.destinationY) * vector.scale
    let weight = abs(vector.scale)
    guard x.isFinite, y.isFinite, weight > 0, weight.isFinite else { return }
    let columns = cells(around: vector.destinationX, vector.width, grid.width, of: frameSize.width)
    for row in cells(around: vector.destinationY, vector.height, grid.height, of: frameSize.height) {
      for column in columns {
        let cell = row * grid.width + column
        weights.start[cell] += weight
        field.storage.start[2 * cell] += weight * x
        field.storage.start[2 * cell + 1] += weight * y
      }
    }
  }

  /// The cells of `count` along a side of `length` pixels whose middles are less than half of `extent` before `middle` or behind it.
  private func cells(around middle: Float, _ extent: Int, _ count: Int, of length: Int) -> Range<Int> {
    guard middle.isFinite, extent > 0 else { return 0..<0 }
    let perPixel = Double(count) / Double(length)
    let begin = ((Double(middle) - Double(extent) / 2) * perPixel - 0.5).rounded(.up)
    let end = ((Double(middle) + Double(extent) / 2) * perPixel - 0.5).rounded(.up)
    let first = Int(max(0, min(Double(count), begin)))
    return first..<max(first, Int(max(0, min(Double(count), end))))
  }

  /// Turns sums into means in pixels of the field; returns how many cells have vectors.
  private func finish(_ frameSize: PixelSize, _ field: inout FlowField) -> Int {
    let grid = field.size
    let (scaleX, scaleY) = (Float(grid.width) / Float(frameSize.width), Float(grid.height) / Float(frameSize.height))
    var count = 0
    for cell in 0..<grid.pixelCount where weights.start[cell] > 0 {
      field.storage.start[2 * cell] *= scaleX / weights.start[cell]
      field.storage.start[2 * cell + 1] *= scaleY / weights.start[cell]
      count += 1
    }
    return count
  }

  /// Fills cells without vectors, layer by layer, each cell with the mean of its eight neighbours of earlier layers. O(cells).
  private func fill(_ field: inout FlowField) {
    let grid = field.size
    let unknown = Int32.max
    layers.removeAll(keepingCapacity: true)
    for cell in 0..<grid.pixelCount { layers.append(weights.start[cell] > 0 ? 0 : unknown) }
    frontier.removeAll(keepingCapacity: true)
    for cell in 0..<grid.pixelCount where layers[cell] == 0 { frontier.append(Int32(cell)) }
    let vectors = field.storage.start
    var layer: Int32 = 0
    while !frontier.isEmpty {
      layer += 1
      next.removeAll(keepingCapacity: true)
      for known in frontier {
        forEachNeighbour(of: Int(known), grid) { cell in
          if layers[cell] == unknown {
            layers[cell] = layer
            next.append(Int32(cell))
          }
        }
      }
      for cell in next {
        var (x, y, count): (Float, Float, Float) = (0, 0, 0)
        forEachNeighbour(of: Int(cell), grid) { neighbour in
          if layers[neighbour] < layer {
            x += vectors[2 * neighbour]
            y += vectors[2 * neighbour + 1]
            count += 1
          }
        }
        vectors[2 * Int(cell)] = x / count
        vectors[2 * Int(cell) + 1] = y / count
      }
      swap(&frontier, &next)
    }
  }

  @inline(__always)
  private func forEachNeighbour(of cell: Int, _ grid: PixelSize, _ body: (Int) -> Void) {
    let (row, column) = (cell / grid.width, cell % grid.width)
    for y in max(0, row - 1)...min(grid.height - 1, row + 1) {
      for x in max(0, column - 1)...min(grid.width - 1, column + 1) where x != column || y != row { body(y * grid.width + x) }
    }
  }
}
