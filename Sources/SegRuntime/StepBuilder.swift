import COneDNN
import CSegKernels
import SegBase
import SegGraph

/// Turns the nodes of an optimised graph into steps over one block of memory.
struct StepBuilder {
  let graph: Graph
  private let plan: MemoryPlan
  private let arena: UnsafeMutableRawPointer
  private let engine: Engine
  let constants: ConstantStore
  private(set) var steps: [Step] = []
  private(set) var primitives: [(primitive: ConvolutionPrimitive, node: Node, output: UnsafeMutablePointer<Float>)] = []
  private var spill: UnsafeMutablePointer<Float>?
  private let pools: [Int: PoolingWindow]

  init(_ graph: Graph, _ plan: MemoryPlan, arena: UnsafeMutableRawPointer, _ engine: Engine, _ constants: ConstantStore) {
    (self.graph, self.plan, self.arena, self.engine, self.constants) = (graph, plan, arena, engine, constants)
    var pools: [Int: PoolingWindow] = [:]
    for node in graph.nodes {
      if case .maxPool(let window, keepsIndices: true) = node.operation { pools[node.outputs[1].index] = window }
    }
    self.pools = pools
  }

  /// What the kernels here can do with shared places.
  static var abilities: MemoryPlan.Abilities {
    MemoryPlan.Abilities(
      canWriteParts: { node in
        switch node.operation {
        case .convolution, .transposedConvolution, .splitPositions: false
        default: true
        }
      },
      canReadParts: { node, _ in
        switch node.operation {
        case .convolution, .transposedConvolution, .splitPositions: false
        default: true
        }
      },
      canOverwrite: { node, input in
        switch node.operation {
        case .convolution: input == (node.inputs.count == 2 ? 1 : -1)
        case .add: node.inputs.count == 2
        case .activation, .scaleShift, .multiply, .softmax: true
        default: false
        }
      }, elementBytes: { $0.isIndices ? 1 : 4 })
  }

  /// Adds the steps of one node.
  mutating func add(_ node: Node) throws(InputError) {
    switch node.operation {
    case .convolution(let convolution): try add(convolution, node)
    case .transposedConvolution: throw InputError("a transposed convolution of this stride or padding cannot be run", subject: node.name)
    case .batchNormalization: preconditionFailure("the passes replace batch normalisation")
    case .mapNormalization(let normalization): addMapNormalization(normalization, node)
    case .activation(let activation): addScaleShift(nil, activation, node)
    case .scaleShift(let affine): addScaleShift(affine, affine.activation, node)
    case .add(let activation): addSum(activation, node)
    case .concatenate: addConcatenation(node)
    case .padChannels: addPadding(node)
    case .maxPool(let window, let keepsIndices): try addPool(window, keepsIndices, node)
    case .maxUnpool: addUnpool(node)
    case .averagePool(let window): addAverage(window, node)
    case .adaptiveAveragePool: addAdaptiveAverage(node)
    case .multiply: addProduct(node)
    case .softmax(let groups): addSoftmax(groups, node)
    case .warp(let scale): addWarp(scale, node)
    case .deformableSample(let window): addDeformableSample(window, node)
    case .gatherRegions: addGathering(node)
    case .attend(let scale): addAttention(scale, node)
    case .resizeBilinear(_, _, let alignCorners): addResize(alignCorners, node)
    case .splitPositions: break
    case .interleave(let interleave): addInterleave(interleave, node)
    }
  }

  func address(_ value: ValueID) -> UnsafeMutablePointer<Float> {
    (arena + plan.placements[value.index].offset).assumingMemoryBound(to: Float.self)
  }

  /// A value's place in the form of the kernels, all of its channels or some.
  func map(_ value: ValueID, channels: Range<Int>? = nil) -> SegMap {
    let shape = graph.shape(of: value)
    return SegMap(
      data: address(value) + (channels?.lowerBound ?? 0), height: Int32(shape.height), width: Int32(shape.width),
      channels: Int32(channels?.count ?? shape.channels), pixel_stride: Int32(plan.placements[value.index].pixelStride))
  }

  private func taps(_ value: ValueID) -> UnsafeMutablePointer<UInt8> { (arena + plan.placements[value.index].offset).assumingMemoryBound(to: UInt8.self) }

  /// Adds a step that runs a kernel over `rows` rows, by default those of the node's first output.
  mutating func append<Arguments: BitwiseCopyable>(
    _ kernel: @escaping SegRowKernel, _ arguments: Arguments, _ node: Node, _ kind: String, rows: Int? = nil, isWhole: Bool = false
  ) {
    let stored = constants.allocate(1, of: Arguments.self)
    stored.pointee = arguments
    let rows = Int32(rows ?? graph.shape(of: node.outputs[0]).height)
    steps.append(Step(name: node.name, kind: kind, gigaOperations: 0, work: isWhole ? .whole(kernel, stored, rows) : .rows(kernel, stored, rows)))
  }

  private mutating func add(_ convolution: Convolution, _ node: Node) throws(InputError) {
    let (input, output) = (graph.shape(of: node.inputs[0]), graph.shape(of: node.outputs[0]))
    let place = plan.placements[node.outputs[0].index]
    var added = 0
    var slope: Float?
    let post = convolution.postOperations.map { operation in
      switch operation {
      case .activation(.leakyRelu(let next)):
        // oneDNN 2.6 gives every leaky ReLU of a primitive one slope, so a second one goes in as a slope for each channel.
        defer { slope = slope ?? next }
        if let slope, slope != next { return LibraryPostOperation(.prelu(slopes: [Float](repeating: next, count: output.channels))) }
        return LibraryPostOperation(.leakyRelu(slope: next))
      case .activation(let activation): return LibraryPostOperation(activation)
      case .add(let index):
        if plan.placements[node.inputs[index].index] == place { return .sum }
        added += 1
        return .add
      }
    }
    precondition(added <= 1, "the passes add one map to a convolution")
    let (primitive, fused) = try fastestPrimitive(convolution, from: input, to: output, post, node)
    if primitive.isSlow, let sum = convolution.postOperations.firstIndex(where: { if case .add = $0 { true } else { false } }) {
      let before = try ConvolutionPrimitive(engine, convolution, from: input, to: output, post: Array(post[..<sum]), name: node.name)
      append(before, node, output: spilled())
      addSpilledSum(convolution.postOperations[sum...], node)
    } else {
      append(primitive, node, output: address(node.outputs[0]))
      for operation in convolution.postOperations[fused...] { addPostOperation(operation, node) }
    }
  }

  /// A primitive with as many of the post-operations as the library has fast code for, at least those that read what the output held before;
  /// with all of them where it has none. A slope per channel after a sum is an example of what has none.
  private func fastestPrimitive(
    _ convolution: Convolution, from input: FeatureShape, to output: FeatureShape, _ post: [LibraryPostOperation], _ node: Node
  ) throws(InputError) -> (primitive: ConvolutionPrimitive, fused: Int) {
    let whole = try ConvolutionPrimitive(engine, convolution, from: input, to: output, post: post, name: node.name)
    if !whole.isSlow { return (whole, post.count) }
    let least = (post.lastIndex { $0.kind == SEG_POST_SUM } ?? -1) + 1
    for count in (least..<post.count).reversed() {
      let part = try ConvolutionPrimitive(engine, convolution, from: input, to: output, post: Array(post[..<count]), name: node.name)
      if !part.isSlow { return (part, count) }
    }
    return (whole, post.count)
  }

  /// Does in place what a convolution's primitive leaves undone.
  private mutating func addPostOperation(_ operation: PostOperation, _ node: Node) {
    let output = map(node.outputs[0])
    switch operation {
    case .activation(let activation):
      let function = constants.activation(activation, channels: Int(output.channels))
      append(seg_scale_shift, SegScaleShift(input: output, output: output, scale: nil, shift: nil, activation: function), node, "activation")
    case .add(let index):
      let function = constants.activation(nil, channels: Int(output.channels))
      append(seg_sum, SegSum(left: output, right: map(node.inputs[index]), output: output, activation: function), node, "sum")
    }
  }

  private mutating func append(_ primitive: ConvolutionPrimitive, _ node: Node, output: UnsafeMutablePointer<Float>) {
    primitives.append((primitive, node, output))
    steps.append(
      Step(
        name: node.name, kind: primitive.implementation, gigaOperations: 2e-9 * Double(graph.multiplyAccumulates(of: node)),
        work: .convolution(primitive)))
  }

  /// Memory for any convolution's result before a sum that the library has no fast code for (processors without AVX-512).
  private mutating func spilled() -> UnsafeMutablePointer<Float> {
    if let spill { return spill }
    let counts = graph.nodes.map { $0.operation.postOperations == nil ? 0 : graph.shape(of: $0.outputs[0]).count }
    let made = constants.allocate(counts.max() ?? 0, of: Float.self)
    spill = made
    return made
  }

  /// The sum of the spilled result and a map, and what follows it.
  private mutating func addSpilledSum(_ operations: ArraySlice<PostOperation>, _ node: Node) {
    let output = map(node.outputs[0])
    var left = output
    left.data = spilled()
    var rest = operations
    while let operation = rest.popFirst() {
      var following: Activation?
      switch operation {
      case .add(let index):
        if case .activation(let activation)? = rest.first {
          following = activation
          rest.removeFirst()
        }
        let function = constants.activation(following, channels: Int(output.channels))
        append(seg_sum, SegSum(left: left, right: map(node.inputs[index]), output: output, activation: function), node, "sum")
      case .activation(let activation):
        let function = constants.activation(activation, channels: Int(output.channels))
        append(seg_scale_shift, SegScaleShift(input: output, output: output, scale: nil, shift: nil, activation: function), node, "activation")
      }
      left = output
    }
  }

  private mutating func addScaleShift(_ affine: ScaleShift?, _ activation: Activation?, _ node: Node) {
    let arguments = SegScaleShift(
      input: map(node.inputs[0]), output: map(node.outputs[0]), scale: affine.map { constants.copy($0.scale) }, shift: affine.map { constants.copy($0.shift) },
      activation: constants.activation(activation, channels: graph.shape(of: node.outputs[0]).channels))
    append(seg_scale_shift, arguments, node, "scale and shift")
  }

  private mutating func addSum(_ activation: Activation?, _ node: Node) {
    let output = map(node.outputs[0])
    var left = map(node.inputs[0])
    for (index, input) in node.inputs.enumerated().dropFirst() {
      let isLast = index == node.inputs.count - 1
      let function = constants.activation(isLast ? activation : nil, channels: Int(output.channels))
      append(seg_sum, SegSum(left: left, right: map(input), output: output, activation: function), node, "sum")
      left = output
    }
  }

  private mutating func addConcatenation(_ node: Node) {
    var channel = 0
    for input in node.inputs {
      let count = graph.shape(of: input).channels
      let target = map(node.outputs[0], channels: channel..<channel + count)
      let source = map(input)
      if source.data != target.data { append(seg_copy_channels, SegChannelCopy(input: source, output: target), node, "join") }
      channel += count
    }
  }

  private mutating func addPadding(_ node: Node) {
    let output = map(node.outputs[0])
    var input = map(node.inputs[0])
    if input.data == output.data { input.data = nil }
    append(seg_copy_channels, SegChannelCopy(input: input, output: output), node, "pad channels")
  }

  private func window(_ window: PoolingWindow) -> SegWindow {
    SegWindow(
      kernel_height: Int32(window.kernel.vertical), kernel_width: Int32(window.kernel.horizontal), stride_vertical: Int32(window.stride.vertical),
      stride_horizontal: Int32(window.stride.horizontal), padding_top: Int32(window.padding.top), padding_left: Int32(window.padding.left))
  }

  private mutating func addPool(_ pool: PoolingWindow, _ keepsIndices: Bool, _ node: Node) throws(InputError) {
    guard !keepsIndices || pool.kernel.vertical * pool.kernel.horizontal <= 256 else {
      throw InputError("a pool with indices has more than 256 taps", subject: node.name)
    }
    let arguments = SegMaxPool(
      input: map(node.inputs[0]), output: map(node.outputs[0]), taps: keepsIndices ? taps(node.outputs[1]) : nil, window: window(pool))
    append(seg_max_pool, arguments, node, "max pool")
  }

  private func pool(of indices: ValueID) -> PoolingWindow {
    guard let window = pools[indices.index] else { preconditionFailure("indices come from a pool") }
    return window
  }

  private mutating func addUnpool(_ node: Node) {
    let arguments = SegMaxUnpool(input: map(node.inputs[0]), output: map(node.outputs[0]), taps: taps(node.inputs[1]), window: window(pool(of: node.inputs[1])))
    append(seg_max_unpool, arguments, node, "max unpool")
  }

  private mutating func addResize(_ alignCorners: Bool, _ node: Node) {
    let (input, output) = (map(node.inputs[0]), map(node.outputs[0]))
    let (rows, columns) = (constants.allocate(Int(output.height), of: SegTap.self), constants.allocate(Int(output.width), of: SegTap.self))
    seg_resize_taps(rows, output.height, input.height, alignCorners ? 1 : 0)
    seg_resize_taps(columns, output.width, input.width, alignCorners ? 1 : 0)
    append(seg_resize, SegResize(input: input, output: output, rows: rows, columns: columns), node, "resize")
  }

  private mutating func addInterleave(_ interleave: Interleave, _ node: Node) {
    var arguments = SegInterleave()
    (arguments.input, arguments.output) = (map(node.inputs[0]), map(node.outputs[0]))
    (arguments.block, arguments.top, arguments.left) = (Int32(interleave.block), Int32(interleave.offset.vertical), Int32(interleave.offset.horizontal))
    arguments.activation = constants.activation(interleave.activation, channels: graph.shape(of: node.outputs[0]).channels)
    if node.inputs.count == 3 {
      arguments.pooled = map(node.inputs[1])
      arguments.taps = UnsafePointer(taps(node.inputs[2]))
    }
    append(seg_interleave, arguments, node, node.inputs.count == 3 ? "interleave and unpool" : "interleave")
  }
}
