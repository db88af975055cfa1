import CSegKernels
import SegGraph
import SegTensor

extension StepBuilder {
  /// Means over windows.
  mutating func addAverage(_ window: PoolingWindow, _ node: Node) {
    let (input, output) = (graph.shape(of: node.inputs[0]), graph.shape(of: node.outputs[0]))
    func windows(_ count: Int, over length: Int, kernel: Int, stride: Int, padding: Int) -> UnsafePointer<SegRange> {
      ranges((0..<count).map { max($0 * stride - padding, 0)..<min($0 * stride - padding + kernel, length) })
    }
    let rows = windows(
      output.height, over: input.height, kernel: window.kernel.vertical, stride: window.stride.vertical, padding: window.padding.top)
    let columns = windows(
      output.width, over: input.width, kernel: window.kernel.horizontal, stride: window.stride.horizontal, padding: window.padding.left)
    addAverage(rows, columns, node)
  }

  /// Means over regions.
  mutating func addAdaptiveAverage(_ node: Node) {
    let (input, output) = (graph.shape(of: node.inputs[0]), graph.shape(of: node.outputs[0]))
    func regions(_ count: Int, over length: Int) -> UnsafePointer<SegRange> {
      ranges((0..<count).map { $0 * length / count..<(($0 + 1) * length + count - 1) / count })
    }
    addAverage(regions(output.height, over: input.height), regions(output.width, over: input.width), node)
  }

  private func ranges(_ ranges: [Range<Int>]) -> UnsafePointer<SegRange> {
    let stored = constants.allocate(ranges.count, of: SegRange.self)
    for (index, range) in ranges.enumerated() { stored[index] = SegRange(begin: Int32(range.lowerBound), end: Int32(range.upperBound)) }
    return UnsafePointer(stored)
  }

  private mutating func addAverage(_ rows: UnsafePointer<SegRange>, _ columns: UnsafePointer<SegRange>, _ node: Node) {
    let shape = graph.shape(of: node.outputs[0])
    let unit = Int(SEG_AVERAGE_CHANNELS)
    append(
      seg_average, SegAverage(input: typed(node.inputs[0]), output: typed(node.outputs[0]), rows: rows, columns: columns), node, "average pool",
      rows: shape.height * shape.width * ((shape.channels + unit - 1) / unit))
  }

  /// A normalisation by the map's own statistics.
  mutating func addMapNormalization(_ normalization: MapNormalization, _ node: Node) {
    let channels = graph.shape(of: node.outputs[0]).channels
    let arguments = SegMapNormalization(
      input: map(node.inputs[0]), output: map(node.outputs[0]), scale: constants.copy(normalization.scale.floats()),
      shift: constants.copy(normalization.shift.floats()), sums: constants.allocate(2 * channels, of: Double.self), epsilon: normalization.epsilon)
    append(seg_map_normalization, arguments, node, "normalisation", isWhole: true)
  }

  /// The products of two maps' elements.
  mutating func addProduct(_ node: Node) {
    append(seg_product, SegProduct(left: typed(node.inputs[0]), right: typed(node.inputs[1]), output: typed(node.outputs[0])), node, "product")
  }

  /// A softmax over runs of channels.
  mutating func addSoftmax(_ groups: Int, _ node: Node) {
    append(seg_softmax, SegSoftmax(input: map(node.inputs[0]), output: map(node.outputs[0]), groups: Int32(groups)), node, "softmax")
  }

  /// A map moved along a flow.
  mutating func addWarp(_ scale: Float, _ node: Node) {
    let shape = graph.shape(of: node.outputs[0])
    let arguments = SegWarp(
      input: map(node.inputs[0]), flow: map(node.inputs[1]), output: map(node.outputs[0]), vertical: scale * Float(shape.height - 1) / 2,
      horizontal: scale * Float(shape.width - 1) / 2)
    append(seg_warp, arguments, node, "warp")
  }

  /// The samples of a deformable convolution.
  mutating func addDeformableSample(_ window: DeformableWindow, _ node: Node) {
    let arguments = SegDeformable(
      input: map(node.inputs[0]), offsets: map(node.inputs[1]), output: map(node.outputs[0]), kernel: Int32(window.kernel), stride: Int32(window.stride),
      padding: Int32(window.padding), dilation: Int32(window.dilation))
    append(seg_deformable_sample, arguments, node, "deformable sample")
  }
}
