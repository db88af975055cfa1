import CSegKernels
import SegBase
import SegGraph

/// Bilinear interpolation, alone and in sums.
extension StepBuilder {
  /// A map in another size.
  mutating func addResize(_ alignCorners: Bool, _ node: Node) {
    let (input, output) = (typed(node.inputs[0]), typed(node.outputs[0]))
    let areFloats = format(of: node.inputs[0]) == .float32 && format(of: node.outputs[0]) == .float32
    if !areFloats, output.channels >= Self.vectorLength, input.height <= output.height, input.width <= output.width {
      append(resizedSum([input], onto: nil, output, alignCorners, nil), node, "resize")
    } else {
      let (rows, columns) = taps(of: input, to: output, alignCorners)
      append(seg_resize, SegResize(input: input, output: output, rows: rows, columns: columns), node, "resize")
    }
  }

  /// A sum of maps that are interpolated on the way, and what follows it.
  mutating func addResizedSum(_ sum: ResizedSum, _ node: Node, _ kind: String = "resized sum") throws(InputError) {
    let output = typed(node.outputs[0])
    // A map of the output's size is added as it is; alone it would be added to nothing.
    let base = node.inputs.count == 1 ? nil : node.inputs.firstIndex { graph.shape(of: $0) == graph.shape(of: node.outputs[0]) }
    let others = node.inputs.indices.filter { $0 != base }.map { typed(node.inputs[$0]) }
    // What is the same for all columns comes last.
    let parts = others.filter { $0.width > 1 } + others.filter { $0.width == 1 }
    guard parts.count <= Int(SEG_SUM_PARTS) else { throw InputError("a sum has more maps than can be added", subject: node.name) }
    let isFunction = sum.activation == .sigmoid || sum.activation == .tanh
    // Unsigned bytes end at zero by themselves.
    let isClamped = sum.activation == .relu && output.format == SEG_UNSIGNED8
    append(
      resizedSum(parts, onto: base.map { typed(node.inputs[$0]) }, output, sum.alignCorners, isFunction || isClamped ? nil : sum.activation), node,
      kind)
    if isFunction {
      let function = constants.activation(sum.activation, channels: Int(output.channels))
      append(seg_scale_shift, SegScaleShift(input: output, output: output, scale: nil, shift: nil, activation: function), node, "activation")
    }
  }

  private mutating func append(_ arguments: SegResizedSum, _ node: Node, _ kind: String) { append(seg_resized_sum, arguments, node, kind) }

  private func resizedSum(
    _ parts: [SegTypedMap], onto base: SegTypedMap?, _ output: SegTypedMap, _ alignCorners: Bool, _ activation: Activation?
  ) -> SegResizedSum {
    var arguments = SegResizedSum()
    (arguments.output, arguments.part_count) = (output, Int32(parts.count))
    if let base { arguments.base = base }
    let stride = seg_sum_stride(output.channels, arguments.part_count)
    arguments.stride = stride
    arguments.activation = constants.activation(activation, channels: Int(output.channels))
    withUnsafeMutableBytes(of: &arguments.parts) { stored in
      let stored = stored.bindMemory(to: SegSumPart.self)
      for (index, part) in parts.enumerated() {
        let taps = taps(of: part, to: output, alignCorners)
        let columns = constants.allocate(Int(output.width), of: SegSumColumn.self)
        seg_sum_columns(columns, taps.columns, output.width, stride)
        stored[index] = SegSumPart(map: part, rows: taps.rows, columns: columns)
      }
    }
    return arguments
  }

  /// Where each row and column of `output` lies in a map.
  private func taps(of map: SegTypedMap, to output: SegTypedMap, _ alignCorners: Bool) -> (rows: UnsafePointer<SegTap>, columns: UnsafePointer<SegTap>) {
    let (rows, columns) = (constants.allocate(Int(output.height), of: SegTap.self), constants.allocate(Int(output.width), of: SegTap.self))
    seg_resize_taps(rows, output.height, map.height, alignCorners ? 1 : 0)
    seg_resize_taps(columns, output.width, map.width, alignCorners ? 1 : 0)
    return (UnsafePointer(rows), UnsafePointer(columns))
  }

  /// Channels that the kernels work on at once; sums of fewer are no faster than one place after another.
  private static let vectorLength: Int32 = 16
}
