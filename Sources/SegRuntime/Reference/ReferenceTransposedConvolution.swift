import SegGraph
import SegTensor

extension Reference {
  /// A transposed convolution without what follows it: every input element adds its multiple of the kernel to the output.
  static func transposedConvolution(_ input: FeatureMap, _ convolution: TransposedConvolution, _ shape: FeatureShape) -> FeatureMap {
    var output = FeatureMap(zeros: shape)
    let weight = convolution.weight.floats()
    let bias = convolution.bias?.floats() ?? [Float](repeating: 0, count: shape.channels)
    for place in output.values.indices { output.values[place] = bias[place % shape.channels] }
    let (kernelHeight, kernelWidth) = (convolution.weight.shape[2], convolution.weight.shape[3])
    for row in 0..<input.shape.height {
      for column in 0..<input.shape.width {
        for tapRow in 0..<kernelHeight {
          for tapColumn in 0..<kernelWidth {
            let outputRow = row * convolution.stride.vertical - convolution.padding.top + tapRow
            let outputColumn = column * convolution.stride.horizontal - convolution.padding.left + tapColumn
            guard output.contains(outputRow, outputColumn) else { continue }
            for inner in 0..<input.shape.channels {
              for channel in 0..<shape.channels {
                let factor = weight[((inner * shape.channels + channel) * kernelHeight + tapRow) * kernelWidth + tapColumn]
                output[outputRow, outputColumn, channel] += factor * input[row, column, inner]
              }
            }
          }
        }
      }
    }
    return output
  }
}
