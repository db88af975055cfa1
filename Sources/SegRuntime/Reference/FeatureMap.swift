import SegGraph

/// A feature map in memory for the reference operations: numbers in the order row, column, channel.
struct FeatureMap {
  let shape: FeatureShape
  var values: [Float]

  init(_ shape: FeatureShape, values: [Float]) {
    precondition(values.count == shape.count, "values fill the shape")
    (self.shape, self.values) = (shape, values)
  }

  init(zeros shape: FeatureShape) { self.init(shape, values: [Float](repeating: 0, count: shape.count)) }

  /// The element at a place that must exist.
  subscript(row: Int, column: Int, channel: Int) -> Float {
    get { values[(row * shape.width + column) * shape.channels + channel] }
    set { values[(row * shape.width + column) * shape.channels + channel] = newValue }
  }

  /// Whether a row and column lie in the map.
  func contains(_ row: Int, _ column: Int) -> Bool { row >= 0 && row < shape.height && column >= 0 && column < shape.width }
}
