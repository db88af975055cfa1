import SegGraph

extension Reference {
  /// Spreads blocks over the output, adds the max unpool of pooled values when there are some, and applies the activation.
  static func interleave(_ inputs: [FeatureMap], _ interleave: Interleave, _ shape: FeatureShape) -> FeatureMap {
    let (blocks, block) = (inputs[0], interleave.block)
    var output = FeatureMap(zeros: shape)
    for row in 0..<shape.height {
      for column in 0..<shape.width {
        let (u, v) = (row + interleave.offset.vertical, column + interleave.offset.horizontal)
        let position = (v / block) * block * block + (u % block) * block + v % block
        for channel in 0..<shape.channels { output[row, column, channel] = blocks[u / block, position, channel] }
      }
    }
    if inputs.count == 3 { output = add([output, maxUnpool(inputs[1], indices: inputs[2], shape)], nil) }
    return interleave.activation.map { activation(output, $0) } ?? output
  }
}
