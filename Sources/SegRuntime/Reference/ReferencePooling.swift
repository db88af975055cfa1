import SegGraph

extension Reference {
  /// A max pool over the places of each window that lie in the map; with indices, a second map of row * width + column of each first maximum.
  ///
  /// Indices are the bit patterns of the floats, so that all 32 bits count.
  static func maxPool(_ input: FeatureMap, _ window: PoolingWindow, _ shape: FeatureShape, keepsIndices: Bool) -> [FeatureMap] {
    var (output, indices) = (FeatureMap(zeros: shape), FeatureMap(zeros: shape))
    for row in 0..<shape.height {
      for column in 0..<shape.width {
        for channel in 0..<shape.channels {
          var (best, place) = (-Float.infinity, -1)
          for tapRow in 0..<window.kernel.vertical {
            for tapColumn in 0..<window.kernel.horizontal {
              let inputRow = row * window.stride.vertical - window.padding.top + tapRow
              let inputColumn = column * window.stride.horizontal - window.padding.left + tapColumn
              guard input.contains(inputRow, inputColumn) else { continue }
              let value = input[inputRow, inputColumn, channel]
              if place < 0 || value > best { (best, place) = (value, inputRow * input.shape.width + inputColumn) }
            }
          }
          output[row, column, channel] = best
          indices[row, column, channel] = Float(bitPattern: UInt32(place))
        }
      }
    }
    return keepsIndices ? [output, indices] : [output]
  }

  /// Puts each element at the place its index names; the rest is zero. Where places repeat, the last in scan order stays.
  static func maxUnpool(_ input: FeatureMap, indices: FeatureMap, _ shape: FeatureShape) -> FeatureMap {
    var output = FeatureMap(zeros: shape)
    for element in input.values.indices {
      let place = Int(indices.values[element].bitPattern)
      precondition(place < shape.height * shape.width, "an index lies outside the map")
      output.values[place * shape.channels + element % shape.channels] = input.values[element]
    }
    return output
  }
}
