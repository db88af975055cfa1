import COneDNN
import CSegKernels
import SegBase
import SegGraph

/// Convolutions: as much of what follows them as possible in the library's primitive, the rest in steps of our own.
extension StepBuilder {
  /// Adds the steps of a convolution.
  mutating func add(_ convolution: Convolution, _ node: Node) throws(InputError) {
    if convolution.enlargement != nil { return try addEnlarged(convolution, node) }
    if addShortConvolution(convolution, node) { return }
    let output = node.outputs[0]
    if addFloats(convolution, node) { return }
    let post = libraryPostOperations(convolution, node)
    let whole = try primitive(convolution, node, post, to: format(of: output))
    if !whole.isSlow {
      copyAdded(post, node)
      append(whole, node, output: address(output))
    } else if addWindows(convolution, node, where: \.isFasterThanInParts) {
      return
    } else if format(of: output) == .float32 {
      try addInPlace(convolution, node, post, whole)
    } else {
      try addSpilled(convolution, node, post, fused: convolution.postOperations.firstSum ?? post.count)
    }
  }

  /// Adds the convolution by a kernel of our own for floats where that is possible and faster. A curved activation at the end follows in place.
  private mutating func addFloats(_ convolution: Convolution, _ node: Node) -> Bool {
    var straight = convolution
    if case .activation(let last)? = straight.postOperations.last, !last.isStraight { straight.postOperations.removeLast() }
    guard addTiles(straight, node) || addWindows(straight, node, where: \.isFaster) else { return false }
    let rest = convolution.postOperations[straight.postOperations.count...]
    if !rest.isEmpty { addRest(rest, node, from: typed(node.outputs[0])) }
    return true
  }

  /// Adds the convolution as one by Winograd's tiles where that is possible and faster.
  private mutating func addTiles(_ convolution: Convolution, _ node: Node) -> Bool {
    let (input, output) = (typedShape(node.inputs[0]), typedShape(node.outputs[0]))
    guard let winograd = WinogradConvolution(convolution, from: input, to: output), winograd.added.map({ format(of: node.inputs[$0]) == .float32 }) ?? true,
      WinogradConvolution.isFaster(convolution, from: input.shape, to: output.shape)
    else { return false }
    let stored = constants.allocate(1, of: SegWinograd.self)
    stored.pointee = winograd.arguments(
      map(node.inputs[0]), to: map(node.outputs[0]), adding: winograd.added.map { map(node.inputs[$0]) }, threads: threads, constants)
    let scratch = winograd.scratchByteCount(threads: threads)
    append(seg_winograd, stored, shares: Int32(threads), node, "winograd 4x4", scratch) { stored.pointee.scratch = $0 }
    return true
  }

  /// Adds the convolution as one by products of windows' words where that is possible and faster.
  private mutating func addWindows(_ convolution: Convolution, _ node: Node, where isChosen: (FloatConvolution) -> Bool) -> Bool {
    guard let made = FloatConvolution(convolution, from: typedShape(node.inputs[0]), to: typedShape(node.outputs[0])), isChosen(made),
      made.added.map({ format(of: node.inputs[$0]) == .float32 }) ?? true
    else { return false }
    let stored = constants.allocate(1, of: SegFloatConvolution.self)
    stored.pointee = made.arguments(
      map(node.inputs[0]), to: map(node.outputs[0]), adding: made.added.map { map(node.inputs[$0]) }, threads: threads, constants)
    let scratch = made.scratchByteCount(stored.pointee)
    append(seg_float_convolution, stored, shares: stored.pointee.shares, node, "float windows", scratch) { stored.pointee.scratch = $0 }
    return true
  }

  private mutating func append<Arguments>(
    _ kernel: @escaping SegRowKernel, _ arguments: UnsafeMutablePointer<Arguments>, shares: Int32, _ node: Node, _ kind: String, _ scratchByteCount: Int,
    bind: @escaping (UnsafeMutablePointer<Float>) -> Void
  ) {
    scratchUsers.append((scratchByteCount, { bind(UnsafeMutableRawPointer($0).assumingMemoryBound(to: Float.self)) }))
    steps.append(
      Step(
        name: node.name, kind: kind, precision: .float32, gigaOperations: 2e-9 * Double(graph.multiplyAccumulates(of: node)),
        work: .rows(kernel, arguments, shares)))
  }

  func typedShape(_ value: ValueID) -> TypedShape { TypedShape(shape: graph.shape(of: value), format: format(of: value)) }

  private func primitive(_ convolution: Convolution, _ node: Node, _ post: [LibraryPostOperation], to format: ElementFormat) throws(InputError)
    -> ConvolutionPrimitive
  {
    try ConvolutionPrimitive(
      engine, convolution, from: typedShape(node.inputs[0]),
      to: TypedShape(shape: graph.shape(of: node.outputs[0]), format: format), post: post.ending(in: format), name: node.name)
  }

  private func libraryPostOperations(_ convolution: Convolution, _ node: Node) -> [LibraryPostOperation] {
    let output = node.outputs[0]
    var added = 0
    var slope: Float?
    let post = convolution.postOperations.map { operation in
      switch operation {
      case .activation(.leakyRelu(let next)):
        // oneDNN 2.6 gives every leaky ReLU of a primitive one slope, so a second one goes in as a slope for each channel.
        defer { slope = slope ?? next }
        if let slope, slope != next { return LibraryPostOperation(.prelu(slopes: [Float](repeating: next, count: graph.shape(of: output).channels))) }
        return LibraryPostOperation(.leakyRelu(slope: next))
      case .activation(let activation): return LibraryPostOperation(activation)
      case .add(let index):
        added += 1
        // The library adds bytes of another scale in place only, and oneDNN 2.6 adds wrong numbers from elsewhere to some bfloat16 convolutions.
        let areFloats = format(of: node.inputs[0]) == .float32 && format(of: output) == .float32
        return isInPlace(node.inputs[index], output) || !areFloats ? .sum(format(of: node.inputs[index])) : .add
      }
    }
    precondition(added <= 1, "the passes add one map to a convolution")
    return post
  }

  private func isInPlace(_ value: ValueID, _ output: ValueID) -> Bool { plan.placements[value.index] == plan.placements[output.index] }

  /// Copies what a sum in place adds to the output's place, where it is not there already.
  private mutating func copyAdded(_ post: [LibraryPostOperation], _ node: Node) {
    guard node.inputs.count > 1, post.contains(where: { $0.kind == SEG_POST_SUM }), !isInPlace(node.inputs[1], node.outputs[0]) else { return }
    append(seg_copy_channels, SegChannelCopy(input: typed(node.inputs[1]), output: typed(node.outputs[0])), node, "copy")
  }

  /// Floats: a primitive with as many of the post-operations as the library has fast code for, at least those that read what the output held before, the
  /// others in place. A slope per channel after a sum is an example of what has no fast code.
  private mutating func addInPlace(_ convolution: Convolution, _ node: Node, _ post: [LibraryPostOperation], _ whole: ConvolutionPrimitive) throws(InputError) {
    let least = (post.lastIndex { $0.kind == SEG_POST_SUM } ?? -1) + 1
    for count in (least..<max(least, post.count)).reversed() {
      let part = try primitive(convolution, node, Array(post[..<count]), to: .float32)
      if part.isSlow { continue }
      append(part, node, output: address(node.outputs[0]))
      addRest(convolution.postOperations[count...], node, from: typed(node.outputs[0]))
      return
    }
    if let sum = convolution.postOperations.firstSum {
      try addSpilled(convolution, node, post, fused: sum)
    } else {
      append(whole, node, output: address(node.outputs[0]))
    }
  }

  /// A primitive with the first `fused` post-operations, or as many of them as have fast code, into floats elsewhere; the others from there.
  private mutating func addSpilled(_ convolution: Convolution, _ node: Node, _ post: [LibraryPostOperation], fused: Int) throws(InputError) {
    var count = fused
    var chosen = try primitive(convolution, node, Array(post[..<count]), to: .float32)
    while chosen.isSlow, count > 0 {
      count -= 1
      let part = try primitive(convolution, node, Array(post[..<count]), to: .float32)
      if !part.isSlow || count == 0 { chosen = part }
    }
    let room = spilled()
    append(chosen, node, output: UnsafeMutableRawPointer(room))
    let shape = graph.shape(of: node.outputs[0])
    let left = SegTypedMap(
      data: room, height: Int32(shape.height), width: Int32(shape.width), channels: Int32(shape.channels), pixel_stride: Int32(shape.channels),
      format: SEG_FLOAT32, scale: 1)
    addRest(convolution.postOperations[count...], node, from: left)
  }

  private mutating func append(_ primitive: ConvolutionPrimitive, _ node: Node, output: UnsafeMutableRawPointer) {
    let (input, added) = (address(node.inputs[0]), node.inputs.count > 1 ? address(node.inputs[1]) : nil)
    scratchUsers.append((primitive.scratchByteCount, { primitive.bind(input: input, output: output, added: added, scratch: $0) }))
    packedByteCount += primitive.weightByteCount
    steps.append(
      Step(
        name: node.name, kind: primitive.implementation, precision: format(of: node.inputs[0]).precision,
        gigaOperations: 2e-9 * Double(graph.multiplyAccumulates(of: node)), work: .convolution(primitive)))
  }

  /// Memory for any convolution's result as floats.
  private mutating func spilled() -> UnsafeMutablePointer<Float> {
    if let spill { return spill }
    let made = constants.allocate(largestConvolution, of: Float.self)
    spill = made
    return made
  }

  /// Does what a convolution's primitive leaves undone with its result `left`, which may be the output.
  private mutating func addRest(_ operations: ArraySlice<PostOperation>, _ node: Node, from left: SegTypedMap) {
    let output = typed(node.outputs[0])
    var (left, rest) = (left, operations)
    let isElsewhere = left.data != output.data
    while let operation = rest.popFirst() {
      // Intermediate results stay where they are not rounded to bytes.
      switch operation {
      case .add(let index):
        var following: Activation?
        if case .activation(let activation)? = rest.first {
          following = activation
          rest.removeFirst()
        }
        let target = rest.isEmpty ? output : left
        let function = constants.activation(following, channels: Int(output.channels))
        append(seg_sum, SegSum(left: left, right: typed(node.inputs[index]), output: target, activation: function), node, "sum")
        left = target
      case .activation(let activation):
        let target = rest.isEmpty ? output : left
        let function = constants.activation(activation, channels: Int(output.channels))
        append(seg_scale_shift, SegScaleShift(input: left, output: target, scale: nil, shift: nil, activation: function), node, "activation")
        left = target
      }
    }
    if operations.isEmpty, isElsewhere { append(seg_convert, SegConversion(input: left, output: output), node, "convert") }
  }
}

extension [PostOperation] {
  /// The place of the first sum.
  fileprivate var firstSum: Int? { firstIndex { if case .add = $0 { true } else { false } } }
}

extension ElementFormat {
  /// The format in the kernels' terms.
  var kernelFormat: SegFormat {
    switch self {
    case .float32: SEG_FLOAT32
    case .bfloat16: SEG_BFLOAT16
    case .signed8: SEG_SIGNED8
    case .unsigned8: SEG_UNSIGNED8
    }
  }
}
