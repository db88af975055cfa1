import SegGraph

extension Reference {
  /// Joins maps along their channels.
  static func concatenate(_ inputs: [FeatureMap], _ shape: FeatureShape) -> FeatureMap {
    var output = FeatureMap(zeros: shape)
    for row in 0..<shape.height {
      for column in 0..<shape.width {
        var channel = 0
        for input in inputs {
          for inner in 0..<input.shape.channels { output[row, column, channel + inner] = input[row, column, inner] }
          channel += input.shape.channels
        }
      }
    }
    return output
  }

  /// Appends zero channels.
  static func padChannels(_ input: FeatureMap, _ shape: FeatureShape) -> FeatureMap {
    var output = FeatureMap(zeros: shape)
    for row in 0..<shape.height {
      for column in 0..<shape.width { for channel in 0..<input.shape.channels { output[row, column, channel] = input[row, column, channel] } }
    }
    return output
  }
}
