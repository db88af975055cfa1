import SegBase
import SegGraph
import SegTensor

/// ICNet (arXiv 1704.08545) as hszhao's Caffe files have it (NETWORKS.md 6.1): a ResNet-50 of half the widths, from the half image down to a quarter of that
/// image's features, three convolutions on the full image. Sides of the input are multiples of 32 plus 1, so that corners stay aligned.
struct ICNetCaffe {
  private var layers: LayerBuilder
  private let classCount: Int

  static func build(_ parameters: ParameterSource, _ shape: FeatureShape, classCount: Int) throws(InputError) -> Graph {
    var network = ICNetCaffe(layers: LayerBuilder(parameters), classCount: classCount)
    return try network.build(shape)
  }

  private mutating func build(_ shape: FeatureShape) throws(InputError) -> Graph {
    layers.graph.stage = .shallow
    let image = try scaled("data_sub1", layers.graph.input(shape))
    var full = try layers.caffeConvolution("conv1_sub1", image, channels: 32, kernel: 3, stride: 2)
    full = try layers.caffeConvolution("conv2_sub1", full, channels: 32, kernel: 3, stride: 2)
    full = try layers.caffeConvolution("conv3_sub1", full, channels: 64, kernel: 3, stride: 2)

    layers.graph.stage = .deep
    let half = try halfTrunk(try halved("data_sub2", image))
    let quarter = try quarterTrunk(try halved("conv3_1_sub4", half))

    layers.graph.stage = .head
    var x = try fuse("sub24_sum", low: quarter, "conv_sub4", high: half, "conv3_1_sub2_proj")
    x = try fuse("sub12_sum", low: x, "conv_sub2", high: full, "conv3_sub1_proj")
    x = try layers.resize("sub12_sum_interp", x, to: enlarged(x, by: 2), alignCorners: true)
    x = try layers.caffeConvolution("conv6_cls", x, channels: classCount, isLinear: true)
    x = try layers.resize("conv6_interp", x, to: enlarged(x, by: 4), alignCorners: true)
    layers.graph.output(x, name: "logits")
    return layers.graph.build()
  }

  /// The picture times the file's factor of each channel, where it holds any but 1.
  private mutating func scaled(_ name: String, _ input: ValueID) throws(InputError) -> ValueID {
    guard let factors = layers.parameters.optional("\(name).0", shape: [3])?.floats(), factors != [1, 1, 1] else { return input }
    return try layers.graph.add(.scaleShift(ScaleShift(scale: factors, shift: [0, 0, 0])), name: name, inputs: [input])
  }

  private mutating func halved(_ name: String, _ input: ValueID) throws(InputError) -> ValueID {
    let shape = layers.graph.shape(of: input)
    let size = FeatureShape(height: (shape.height - 1) / 2 + 1, width: (shape.width - 1) / 2 + 1, channels: shape.channels)
    return try layers.resize(name, input, to: size, alignCorners: true)
  }

  /// The size in which as many steps lie between any two neighbours as `factor` says.
  private func enlarged(_ value: ValueID, by factor: Int) -> FeatureShape {
    let shape = layers.graph.shape(of: value)
    return FeatureShape(height: (shape.height - 1) * factor + 1, width: (shape.width - 1) * factor + 1, channels: shape.channels)
  }

  private mutating func halfTrunk(_ input: ValueID) throws(InputError) -> ValueID {
    var x = try layers.caffeConvolution("conv1_1_3x3_s2", input, channels: 32, kernel: 3, stride: 2)
    x = try layers.caffeConvolution("conv1_2_3x3", x, channels: 32, kernel: 3)
    x = try layers.caffeConvolution("conv1_3_3x3", x, channels: 64, kernel: 3)
    let window = PoolingWindow(kernel: 3, stride: 2, padding: 1, ceilMode: true)
    x = try layers.graph.add(.maxPool(window, keepsIndices: false), name: "pool1_3x3_s2", inputs: [x])
    for block in 1...3 { x = try bottleneck("conv2_\(block)", x, inner: 32, isProjected: block == 1) }
    return try bottleneck("conv3_1", x, inner: 64, stride: 2, isProjected: true)
  }

  private mutating func quarterTrunk(_ input: ValueID) throws(InputError) -> ValueID {
    var x = input
    for block in 2...4 { x = try bottleneck("conv3_\(block)", x, inner: 64) }
    for block in 1...6 { x = try bottleneck("conv4_\(block)", x, inner: 128, dilation: 2, isProjected: block == 1) }
    for block in 1...3 { x = try bottleneck("conv5_\(block)", x, inner: 256, dilation: 4, isProjected: block == 1) }
    return try layers.caffeConvolution("conv5_4_k1", try poolPyramid(x), channels: 256)
  }

  private mutating func bottleneck(
    _ name: String, _ input: ValueID, inner: Int, stride: Int = 1, dilation: Int = 1, isProjected: Bool = false
  ) throws(InputError) -> ValueID {
    var x = try layers.caffeConvolution("\(name)_1x1_reduce", input, channels: inner, stride: stride)
    x = try layers.caffeConvolution("\(name)_3x3", x, channels: inner, kernel: 3, dilation: dilation)
    x = try layers.caffeConvolution("\(name)_1x1_increase", x, channels: 4 * inner, isLinear: true)
    var shortcut = input
    if isProjected { shortcut = try layers.caffeConvolution("\(name)_1x1_proj", input, channels: 4 * inner, stride: stride, isLinear: true) }
    return try layers.relu(name, try layers.add(name, shortcut, x))
  }

  /// The input plus its means over windows that lie as 1, 2, 3 and 6 do along each side.
  private mutating func poolPyramid(_ input: ValueID) throws(InputError) -> ValueID {
    let shape = layers.graph.shape(of: input)
    var parts = [input]
    for count in [1, 2, 3, 6] {
      let (vertical, horizontal) = (Self.window(count, along: shape.height), Self.window(count, along: shape.width))
      var window = PoolingWindow(kernel: 1, stride: 1)
      window.kernel = (vertical.kernel, horizontal.kernel)
      window.stride = (vertical.stride, horizontal.stride)
      let means = try layers.graph.add(.averagePool(window), name: "conv5_3_pool\(count)", inputs: [input])
      parts.append(try layers.resize("conv5_3_pool\(count)_interp", means, to: shape, alignCorners: true))
    }
    return try layers.graph.add(.add(activation: nil), name: "conv5_3_sum", inputs: parts)
  }

  /// Windows of the pyramid along a side of `length`: the strides of 3 are twice those of 6, and the last window ends with the side. For sides of 33 and 65
  /// these are the numbers of the original, which was made for one input size. Sides below 7 hold fewer than 6 windows.
  static func window(_ count: Int, along length: Int) -> (kernel: Int, stride: Int) {
    let stride =
      switch count {
      case 1: length
      case 2: (length - 1) / 2
      case 3: (length - 1) / 6 * 2
      default: (length - 1) / 6
      }
    return (max(1, length - (count - 1) * max(1, stride)), max(1, stride))
  }

  /// Cascade feature fusion: the low-resolution map in the size of the high-resolution one, a dilated convolution, the sum.
  private mutating func fuse(_ name: String, low: ValueID, _ lowName: String, high: ValueID, _ highName: String) throws(InputError) -> ValueID {
    var x = try layers.resize("\(lowName)_interp", low, to: layers.graph.shape(of: high), alignCorners: true)
    x = try layers.caffeConvolution(lowName, x, channels: 128, kernel: 3, dilation: 2, isLinear: true)
    let y = try layers.caffeConvolution(highName, high, channels: 128, isLinear: true)
    return try layers.relu(name, try layers.add(name, x, y))
  }
}
