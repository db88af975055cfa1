import SegGraph
import SegTensor

extension Reference {
  /// A convolution without what follows it; sums in double precision.
  static func convolution(_ input: FeatureMap, _ convolution: Convolution, _ shape: FeatureShape) -> FeatureMap {
    var output = FeatureMap(zeros: shape)
    let weight = convolution.weight.floats()
    let bias = convolution.bias?.floats() ?? [Float](repeating: 0, count: shape.channels)
    let (groupInputs, kernelHeight, kernelWidth) = (convolution.weight.shape[1], convolution.weight.shape[2], convolution.weight.shape[3])
    let groupOutputs = shape.channels / convolution.groups
    for row in 0..<shape.height {
      for column in 0..<shape.width {
        for channel in 0..<shape.channels {
          var sum = Double(bias[channel])
          for tapRow in 0..<kernelHeight {
            let inputRow = row * convolution.stride.vertical - convolution.padding.top + tapRow * convolution.dilation.vertical
            for tapColumn in 0..<kernelWidth {
              let inputColumn = column * convolution.stride.horizontal - convolution.padding.left + tapColumn * convolution.dilation.horizontal
              guard input.contains(inputRow, inputColumn) else { continue }
              for inner in 0..<groupInputs {
                let factor = weight[((channel * groupInputs + inner) * kernelHeight + tapRow) * kernelWidth + tapColumn]
                sum += Double(factor) * Double(input[inputRow, inputColumn, channel / groupOutputs * groupInputs + inner])
              }
            }
          }
          output[row, column, channel] = Float(sum)
        }
      }
    }
    return output
  }
}
