import SegGraph

extension Reference {
  /// Means of the features, weighted for each region by the softmax of its logits over all places; in double precision.
  static func gatherRegions(_ features: FeatureMap, logits: FeatureMap, _ shape: FeatureShape) -> FeatureMap {
    var output = FeatureMap(zeros: shape)
    let places = logits.shape.height * logits.shape.width
    for region in 0..<logits.shape.channels {
      let weights = softmax((0..<places).map { Double(logits.values[$0 * logits.shape.channels + region]) })
      for channel in 0..<shape.channels {
        let sum = weights.indices.reduce(0.0) { $0 + weights[$1] * Double(features.values[$1 * shape.channels + channel]) }
        output[0, region, channel] = Float(sum)
      }
    }
    return output
  }

  /// For each place the values weighted by the softmax of `scale` * query . key; in double precision.
  static func attend(_ queries: FeatureMap, keys: FeatureMap, values: FeatureMap, scale: Float, _ shape: FeatureShape) -> FeatureMap {
    var output = FeatureMap(zeros: shape)
    for row in 0..<shape.height {
      for column in 0..<shape.width {
        let scores = (0..<keys.shape.width).map { key in
          Double(scale) * (0..<keys.shape.channels).reduce(0.0) { $0 + Double(queries[row, column, $1]) * Double(keys[0, key, $1]) }
        }
        let weights = softmax(scores)
        for channel in 0..<shape.channels {
          output[row, column, channel] = Float(weights.indices.reduce(0.0) { $0 + weights[$1] * Double(values[0, $1, channel]) })
        }
      }
    }
    return output
  }
}
