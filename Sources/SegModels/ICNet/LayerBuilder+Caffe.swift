import SegBase
import SegGraph
import SegTensor

extension LayerBuilder {
  /// A square convolution with padding that keeps the size but for the stride, and a ReLU unless it is linear.
  ///
  /// Parameters are a Caffe file's blobs: `<name>.0` and `.1` are weight and bias; where the file has a layer `<name>/bn`, its blobs are scale, shift, mean and
  /// variance, and there is no bias.
  mutating func caffeConvolution(
    _ name: String, _ input: ValueID, channels: Int, kernel: Int = 1, stride: Int = 1, dilation: Int = 1, isLinear: Bool = false
  ) throws(InputError) -> ValueID {
    let weight = parameters.tensor("\(name).0", shape: [channels, graph.shape(of: input).channels, kernel, kernel], free: [0])
    let normalization = "\(name)/bn"
    let isNormalized = (0..<4).contains { parameters.has("\(normalization).\($0)") }
    var convolution = Convolution(weight: weight, bias: isNormalized ? nil : blob("\(name).1", count: weight.shape[0]))
    convolution.stride = (stride, stride)
    convolution.dilation = (dilation, dilation)
    convolution.padding = Padding(kernel / 2 * dilation)
    var x = try graph.add(.convolution(convolution), name: name, inputs: [input])
    if isNormalized {
      let blobs = (0..<4).map { blob("\(normalization).\($0)", count: weight.shape[0]) }
      x = try graph.add(
        .batchNormalization(BatchNormalization(scale: blobs[0], shift: blobs[1], mean: blobs[2], variance: blobs[3])), name: normalization, inputs: [x])
    }
    return isLinear ? x : try relu(name, x)
  }

  /// A vector; in files its shape may have four axes of which all but one are 1.
  private func blob(_ name: String, count: Int) -> Tensor {
    let shapes = [[1, count, 1, 1], [1, 1, 1, count]]
    let found = parameters.shape(of: name)
    return parameters.tensor(name, shape: shapes.first { $0 == found } ?? [count]).reshaped(to: [count])
  }
}
