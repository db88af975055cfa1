import SegBase
import SegTensor

/// The shapes operations make of their inputs' shapes.
///
/// A checkpoint decides about weights, and a user about the input's size, so what does not fit is thrown and not trapped.
enum ShapeInference {
  /// The output values of `operation` over `inputs`; throws what does not fit, with `name` as the subject.
  static func outputs(of operation: Operation, inputs: [GraphValue], name: String) throws(InputError) -> [GraphValue] {
    let inference = NodeInference(name: name, inputs: inputs)
    inference.check(operation)
    switch operation {
    case .convolution(let convolution): return [try inference.convolution(convolution)]
    case .transposedConvolution(let convolution): return [try inference.transposedConvolution(convolution)]
    case .batchNormalization(let normalization): return [try inference.batchNormalization(normalization)]
    case .mapNormalization(let normalization): return [try inference.mapNormalization(normalization)]
    case .scaleShift(let affine): return [try inference.scaleShift(affine)]
    case .activation(let activation): return [try inference.activation(activation)]
    case .add(let activation): return [try inference.add(activation)]
    case .concatenate: return [try inference.concatenate()]
    case .padChannels(let channels): return [try inference.padChannels(to: channels)]
    case .maxPool(let window, let keepsIndices):
      let value = try inference.pool(window)
      return keepsIndices ? [value, GraphValue(shape: value.shape, isIndices: true)] : [value]
    case .maxUnpool(let height, let width): return [try inference.unpool(height, width)]
    case .averagePool(let window): return [try inference.pool(window)]
    case .adaptiveAveragePool(let height, let width): return [try inference.adaptivePool(height, width)]
    case .multiply: return [try inference.multiply()]
    case .softmax(let groups): return [try inference.softmax(groups)]
    case .warp: return [try inference.warp()]
    case .deformableSample(let window): return [try inference.deformableSample(window)]
    case .gatherRegions: return [try inference.gatherRegions()]
    case .attend: return [try inference.attend()]
    case .resizeBilinear(let height, let width, _): return [try inference.resize(height, width)]
    case .resizedSum(let sum): return [try inference.resizedSum(sum)]
    case .splitPositions(let count): return [try inference.splitPositions(by: count)]
    case .interleave(let interleave): return [try inference.interleave(interleave)]
    case .convert: return [GraphValue(shape: inputs[0].shape)]
    }
  }

  /// How many places a window of `kernel` taps, `dilation` apart, takes in `length` places with padding; zero or less when it does not fit.
  static func windowCount(_ length: Int, padding: Int, kernel: Int, dilation: Int = 1, stride: Int) -> Int {
    let room = length + padding - dilation * (kernel - 1) - 1
    return room < 0 ? 0 : room / stride + 1
  }
}

/// Shape rules for one node: its name for messages, and what it reads.
private struct NodeInference {
  let name: String
  let inputs: [GraphValue]

  private static let maximumElements = 1 << 31

  func fail(_ problem: String, advice: String = "") -> InputError { InputError(problem, subject: name, advice: advice) }

  /// Checks how many inputs there are, and which of them hold indices.
  func check(_ operation: Operation) {
    var unpooled: Int?
    switch operation {
    case .maxUnpool:
      precondition(inputs.count == 2, "an unpool reads a map and indices")
      unpooled = 1
    case .interleave:
      precondition(inputs.count == 1 || inputs.count == 3, "an interleave reads blocks, and perhaps a map and indices")
      unpooled = 2
    case .multiply, .warp, .deformableSample, .gatherRegions: precondition(inputs.count == 2, "the operation reads two maps")
    case .attend: precondition(inputs.count == 3, "attention reads queries, keys and values")
    case .add, .concatenate: precondition(inputs.count >= 2, "a sum or a join reads two or more maps")
    case .resizedSum: precondition(inputs.count >= 1, "a sum reads a map")
    case .convolution(let convolution): checkPostInputs(convolution.postOperations)
    case .transposedConvolution(let convolution): checkPostInputs(convolution.postOperations)
    default: precondition(inputs.count == 1, "the operation reads one map")
    }
    for (index, input) in inputs.enumerated() {
      precondition(input.isIndices == (index == unpooled), "indices go into an unpool and nowhere else")
    }
  }

  private func checkPostInputs(_ operations: [PostOperation]) {
    let added = operations.compactMap { if case .add(let index) = $0 { index } else { nil } }
    precondition(Set(added) == Set(1..<inputs.count) && added.count == inputs.count - 1, "every further input is added once")
  }

  private func made(_ height: Int, _ width: Int, _ channels: Int) throws(InputError) -> GraphValue {
    guard height > 0, width > 0, channels > 0 else { throw fail("the input is too small for this network", advice: "use a larger size") }
    let (area, overflow) = height.multipliedReportingOverflow(by: width)
    let (count, overflow2) = area.multipliedReportingOverflow(by: channels)
    guard !overflow, !overflow2, count < Self.maximumElements else { throw fail("the input is too large", advice: "use a smaller size") }
    return GraphValue(shape: FeatureShape(height: height, width: width, channels: channels))
  }

  private func checkVector(_ tensor: Tensor?, _ channels: Int, _ what: String) throws(InputError) {
    guard let tensor else { return }
    guard tensor.shape == [channels] else { throw fail("\(what) has shape \(tensor.shape) where [\(channels)] is needed") }
  }

  private func checkPost(_ operations: [PostOperation], _ output: GraphValue) throws(InputError) {
    for operation in operations {
      switch operation {
      case .activation(let activation): try checkSlopes(activation, output.shape.channels)
      case .add(let index):
        guard inputs[index].shape == output.shape else { throw fail("adds \(inputs[index].shape) to \(output.shape)") }
      }
    }
  }

  private func checkSlopes(_ activation: Activation, _ channels: Int) throws(InputError) {
    guard case .prelu(let slopes) = activation, slopes.count != channels else { return }
    throw fail("has \(slopes.count) slopes for \(channels) channels")
  }

  func convolution(_ convolution: Convolution) throws(InputError) -> GraphValue {
    let weight = convolution.weight.shape
    var shape = inputs[0].shape
    if let size = convolution.enlargement {
      precondition(size.height >= shape.height && size.width >= shape.width, "maps grow")
      (shape.height, shape.width) = (size.height, size.width)
    }
    let (stride, dilation, padding) = (convolution.stride, convolution.dilation, convolution.padding)
    precondition(
      stride.vertical > 0 && stride.horizontal > 0 && dilation.vertical > 0 && dilation.horizontal > 0 && convolution.groups > 0, "steps are positive")
    guard weight.count == 4, weight.allSatisfy({ $0 > 0 }) else { throw fail("a convolution's weight has shape \(weight), four axes are needed") }
    guard weight[1] * convolution.groups == shape.channels, weight[0] % convolution.groups == 0 else {
      throw fail("weight of shape \(weight) in \(convolution.groups) group(s) does not fit \(shape.channels) input channels")
    }
    try checkVector(convolution.bias, weight[0], "the bias")
    let height = ShapeInference.windowCount(
      shape.height, padding: padding.top + padding.bottom, kernel: weight[2], dilation: dilation.vertical, stride: stride.vertical)
    let width = ShapeInference.windowCount(
      shape.width, padding: padding.left + padding.right, kernel: weight[3], dilation: dilation.horizontal, stride: stride.horizontal)
    let output = try made(height, width, weight[0])
    try checkPost(convolution.postOperations, output)
    return output
  }

  func transposedConvolution(_ convolution: TransposedConvolution) throws(InputError) -> GraphValue {
    let (shape, weight) = (inputs[0].shape, convolution.weight.shape)
    let (stride, padding, extra) = (convolution.stride, convolution.padding, convolution.outputPadding)
    precondition(stride.vertical > 0 && stride.horizontal > 0, "steps are positive")
    precondition((0..<stride.vertical).contains(extra.vertical) && (0..<stride.horizontal).contains(extra.horizontal), "output padding is below the stride")
    guard weight.count == 4, weight.allSatisfy({ $0 > 0 }) else { throw fail("a transposed convolution's weight has shape \(weight), four axes are needed") }
    guard weight[0] == shape.channels else { throw fail("weight of shape \(weight) does not fit \(shape.channels) input channels") }
    try checkVector(convolution.bias, weight[1], "the bias")
    let height = (shape.height - 1) * stride.vertical - padding.top - padding.bottom + weight[2] + extra.vertical
    let width = (shape.width - 1) * stride.horizontal - padding.left - padding.right + weight[3] + extra.horizontal
    let output = try made(height, width, weight[1])
    try checkPost(convolution.postOperations, output)
    return output
  }

  func batchNormalization(_ normalization: BatchNormalization) throws(InputError) -> GraphValue {
    let channels = inputs[0].shape.channels
    try checkVector(normalization.scale, channels, "the scale")
    try checkVector(normalization.shift, channels, "the shift")
    try checkVector(normalization.mean, channels, "the mean")
    try checkVector(normalization.variance, channels, "the variance")
    return inputs[0]
  }

  func mapNormalization(_ normalization: MapNormalization) throws(InputError) -> GraphValue {
    try checkVector(normalization.scale, inputs[0].shape.channels, "the scale")
    try checkVector(normalization.shift, inputs[0].shape.channels, "the shift")
    return inputs[0]
  }

  func scaleShift(_ affine: ScaleShift) throws(InputError) -> GraphValue {
    let channels = inputs[0].shape.channels
    guard affine.scale.count == channels, affine.shift.count == channels else { throw fail("has not one scale and shift for each of \(channels) channels") }
    if let activation = affine.activation { try checkSlopes(activation, channels) }
    return inputs[0]
  }

  func activation(_ activation: Activation) throws(InputError) -> GraphValue {
    try checkSlopes(activation, inputs[0].shape.channels)
    return inputs[0]
  }

  func add(_ activation: Activation?) throws(InputError) -> GraphValue {
    for input in inputs.dropFirst() where input.shape != inputs[0].shape { throw fail("adds \(input.shape) to \(inputs[0].shape)") }
    if let activation { try checkSlopes(activation, inputs[0].shape.channels) }
    return inputs[0]
  }

  func concatenate() throws(InputError) -> GraphValue {
    let first = inputs[0].shape
    for input in inputs.dropFirst() where input.shape.height != first.height || input.shape.width != first.width {
      throw fail("joins \(input.shape) with \(first)")
    }
    return try made(first.height, first.width, inputs.reduce(0) { $0 + $1.shape.channels })
  }

  func padChannels(to channels: Int) throws(InputError) -> GraphValue {
    let shape = inputs[0].shape
    guard channels >= shape.channels else { throw fail("pads \(shape.channels) channels to \(channels)") }
    return try made(shape.height, shape.width, channels)
  }

  func pool(_ window: PoolingWindow) throws(InputError) -> GraphValue {
    let shape = inputs[0].shape
    let (kernel, stride, padding) = (window.kernel, window.stride, window.padding)
    precondition(kernel.vertical > 0 && kernel.horizontal > 0 && stride.vertical > 0 && stride.horizontal > 0, "window and steps are positive")
    precondition(
      max(padding.top, padding.bottom) * 2 <= kernel.vertical && max(padding.left, padding.right) * 2 <= kernel.horizontal, "padding is at most half the window"
    )
    return try made(
      Self.poolCount(shape.height, padding.top, padding.bottom, kernel.vertical, stride.vertical, window.ceilMode),
      Self.poolCount(shape.width, padding.left, padding.right, kernel.horizontal, stride.horizontal, window.ceilMode), shape.channels)
  }

  /// With `ceilMode` a last, partly covered window counts if it starts in the map or the padding before it, as PyTorch and Caffe have it.
  private static func poolCount(_ length: Int, _ before: Int, _ after: Int, _ kernel: Int, _ stride: Int, _ ceilMode: Bool) -> Int {
    let room = length + before + after - kernel
    guard ceilMode else { return room < 0 ? 0 : room / stride + 1 }
    let count = (max(room, 0) + stride - 1) / stride + 1
    return (count - 1) * stride >= length + before ? count - 1 : count
  }

  func unpool(_ height: Int, _ width: Int) throws(InputError) -> GraphValue {
    guard inputs[0].shape == inputs[1].shape else { throw fail("unpools \(inputs[0].shape) with indices of \(inputs[1].shape)") }
    return try made(height, width, inputs[0].shape.channels)
  }

  func resize(_ height: Int, _ width: Int) throws(InputError) -> GraphValue {
    try made(height, width, inputs[0].shape.channels)
  }

  func resizedSum(_ sum: ResizedSum) throws(InputError) -> GraphValue {
    let channels = inputs[0].shape.channels
    for input in inputs.dropFirst() where input.shape.channels != channels { throw fail("adds \(input.shape) to \(inputs[0].shape)") }
    if let activation = sum.activation { try checkSlopes(activation, channels) }
    return try made(sum.height, sum.width, channels)
  }

  func adaptivePool(_ height: Int, _ width: Int) throws(InputError) -> GraphValue {
    precondition(height > 0 && width > 0, "there is a region")
    return try made(height, width, inputs[0].shape.channels)
  }

  func multiply() throws(InputError) -> GraphValue {
    guard inputs[0].shape == inputs[1].shape else { throw fail("multiplies \(inputs[0].shape) with \(inputs[1].shape)") }
    return inputs[0]
  }

  func softmax(_ groups: Int) throws(InputError) -> GraphValue {
    guard groups > 0, inputs[0].shape.channels.isMultiple(of: groups) else { throw fail("\(inputs[0].shape.channels) channels are not \(groups) equal groups") }
    return inputs[0]
  }

  func warp() throws(InputError) -> GraphValue {
    let (shape, flow) = (inputs[0].shape, inputs[1].shape)
    guard flow == FeatureShape(height: shape.height, width: shape.width, channels: 2) else { throw fail("warps \(shape) by a flow of \(flow)") }
    return inputs[0]
  }

  func deformableSample(_ window: DeformableWindow) throws(InputError) -> GraphValue {
    precondition(window.kernel > 0 && window.stride > 0 && window.dilation > 0 && window.padding >= 0, "kernel and steps are positive")
    let (shape, offsets, taps) = (inputs[0].shape, inputs[1].shape, window.kernel * window.kernel)
    let count = { (length: Int) in
      ShapeInference.windowCount(length, padding: 2 * window.padding, kernel: window.kernel, dilation: window.dilation, stride: window.stride)
    }
    let output = try made(count(shape.height), count(shape.width), shape.channels * taps)
    guard offsets == FeatureShape(height: output.shape.height, width: output.shape.width, channels: 3 * taps) else {
      throw fail("samples \(shape) at offsets of \(offsets)")
    }
    return output
  }

  func gatherRegions() throws(InputError) -> GraphValue {
    let (features, logits) = (inputs[0].shape, inputs[1].shape)
    guard (features.height, features.width) == (logits.height, logits.width) else { throw fail("gathers \(features) by \(logits)") }
    return try made(1, logits.channels, features.channels)
  }

  func attend() throws(InputError) -> GraphValue {
    let (query, key, value) = (inputs[0].shape, inputs[1].shape, inputs[2].shape)
    guard key.height == 1, value.height == 1, key.width == value.width, key.channels == query.channels else {
      throw fail("attends with \(query) to \(key) and \(value)")
    }
    return try made(query.height, query.width, value.channels)
  }

  func splitPositions(by count: Int) throws(InputError) -> GraphValue {
    let shape = inputs[0].shape
    precondition(count > 0 && shape.channels % count == 0, "channels divide evenly")
    return try made(shape.height, shape.width * count, shape.channels / count)
  }

  func interleave(_ interleave: Interleave) throws(InputError) -> GraphValue {
    let (shape, block, offset) = (inputs[0].shape, interleave.block, interleave.offset)
    precondition(block > 0 && shape.width % (block * block) == 0, "a row holds whole blocks")
    precondition(offset.vertical >= 0 && offset.horizontal >= 0, "offsets are not negative")
    guard (interleave.height + offset.vertical - 1) / block < shape.height, (interleave.width + offset.horizontal - 1) / block < shape.width / (block * block)
    else {
      throw fail("\(interleave.height)x\(interleave.width) positions are more than the blocks of \(shape) hold")
    }
    if inputs.count == 3 {
      let pooled = inputs[1].shape
      guard pooled == inputs[2].shape, pooled.channels == shape.channels, pooled.height == interleave.height / block, pooled.width == interleave.width / block
      else { throw fail("unpools \(pooled) into \(interleave.height)x\(interleave.width)") }
    }
    if let activation = interleave.activation { try checkSlopes(activation, shape.channels) }
    return try made(interleave.height, interleave.width, shape.channels)
  }
}
