import SegGraph

extension Reference {
  /// Means over the places of each window that lie in the map; sums in double precision.
  static func averagePool(_ input: FeatureMap, _ window: PoolingWindow, _ shape: FeatureShape) -> FeatureMap {
    var output = FeatureMap(zeros: shape)
    for row in 0..<shape.height {
      for column in 0..<shape.width {
        for channel in 0..<shape.channels {
          var (sum, count) = (0.0, 0.0)
          for tapRow in 0..<window.kernel.vertical {
            for tapColumn in 0..<window.kernel.horizontal {
              let inputRow = row * window.stride.vertical - window.padding.top + tapRow
              let inputColumn = column * window.stride.horizontal - window.padding.left + tapColumn
              guard input.contains(inputRow, inputColumn) else { continue }
              sum += Double(input[inputRow, inputColumn, channel])
              count += 1
            }
          }
          output[row, column, channel] = Float(sum / count)
        }
      }
    }
    return output
  }

  /// Means over regions that together cover the map and may overlap; sums in double precision.
  static func adaptiveAveragePool(_ input: FeatureMap, _ shape: FeatureShape) -> FeatureMap {
    func region(_ index: Int, of count: Int, over length: Int) -> Range<Int> { index * length / count..<((index + 1) * length + count - 1) / count }
    var output = FeatureMap(zeros: shape)
    for row in 0..<shape.height {
      let rows = region(row, of: shape.height, over: input.shape.height)
      for column in 0..<shape.width {
        let columns = region(column, of: shape.width, over: input.shape.width)
        for channel in 0..<shape.channels {
          var sum = 0.0
          for inputRow in rows { for inputColumn in columns { sum += Double(input[inputRow, inputColumn, channel]) } }
          output[row, column, channel] = Float(sum / Double(rows.count * columns.count))
        }
      }
    }
    return output
  }
}
