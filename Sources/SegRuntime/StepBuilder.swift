import COneDNN
import CSegKernels
import SegBase
import SegGraph

/// Turns the nodes of an optimised graph into steps over one block of memory.
struct StepBuilder {
  /// The graph; operations that are steps already are forgotten.
  private(set) var graph: Graph
  let plan: MemoryPlan
  private let arena: UnsafeMutableRawPointer
  let engine: Engine
  let constants: ConstantStore
  /// How many threads a run uses.
  let threads: Int
  var steps: [Step] = []
  /// Bytes of weights that the library packed.
  var packedByteCount = 0
  /// What needs memory within a run, how much of it, and how it is told where that is.
  var scratchUsers: [(byteCount: Int, take: (UnsafeMutablePointer<UInt8>) -> Void)] = []
  /// Memory for a convolution's result before what the library has no fast code for.
  var spill: UnsafeMutablePointer<Float>?
  /// Elements of the largest result of a convolution.
  let largestConvolution: Int
  /// The convolutions that run by kernels of our own and are no steps yet, and the values that lie as planes.
  var shortConvolutions: ShortConvolutions
  private let pools: [Int: PoolingWindow]

  init(
    _ graph: Graph, _ plan: MemoryPlan, _ shortConvolutions: ShortConvolutions, arena: UnsafeMutableRawPointer, _ engine: Engine, _ constants: ConstantStore,
    threads: Int
  ) {
    (self.graph, self.plan, self.arena, self.engine, self.constants, self.threads) = (graph, plan, arena, engine, constants, threads)
    var pools: [Int: PoolingWindow] = [:]
    for node in graph.nodes {
      if case .maxPool(let window, keepsIndices: true) = node.operation { pools[node.outputs[1].index] = window }
    }
    (self.pools, self.shortConvolutions) = (pools, shortConvolutions)
    largestConvolution = graph.nodes.lazy.map { $0.operation.postOperations == nil ? 0 : graph.shape(of: $0.outputs[0]).count }.max() ?? 0
  }

  /// What the kernels here can do with shared places of a graph's values.
  static func abilities(_ graph: Graph, _ short: ShortConvolutions, threads: Int) -> MemoryPlan.Abilities {
    // What a convolution reads that is made in bands with the one behind it is read until that is done.
    var readUntil: [Int: Int] = [:]
    for bands in short.bands.values { readUntil[bands.source.index] = max(bands.reader, readUntil[bands.source.index] ?? 0) }
    return MemoryPlan.Abilities(
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
        case .activation, .scaleShift, .multiply, .softmax, .resizedSum: true
        default: false
        }
      }, elementBytes: { $0.isIndices ? 1 : $0.format.byteCount },
      ownByteCount: { value in
        if let bands = short.bands[value] { return bands.convolutions.ringByteCount(threads: threads) }
        return short.planeValues.contains(value) ? graph.values[value].shape.bytePlanes.byte_count : nil
      }, isReadUntil: { readUntil[$0] })
  }

  /// Adds the steps of all nodes, whose operations and weights are let go one by one.
  mutating func addAll() throws(InputError) {
    for index in graph.nodes.indices {
      try add(graph.nodes[index])
      graph.forgetOperation(ofNode: index)
    }
  }

  /// Adds the steps of one node.
  private mutating func add(_ node: Node) throws(InputError) {
    switch node.operation {
    case .convolution(let convolution): try add(convolution, node)
    case .transposedConvolution: throw InputError("a transposed convolution of this stride or padding cannot be run", subject: node.name)
    case .batchNormalization: preconditionFailure("the passes replace batch normalisation")
    case .mapNormalization(let normalization): addMapNormalization(normalization, node)
    case .activation(let activation): addScaleShift(nil, activation, node)
    case .scaleShift(let affine): addScaleShift(affine, affine.activation, node)
    case .add(let activation): try addSum(activation, node)
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
    case .resizedSum(let sum): try addResizedSum(sum, node)
    case .splitPositions: break
    case .interleave(let interleave): addInterleave(interleave, node)
    case .convert: append(seg_convert, SegConversion(input: typed(node.inputs[0]), output: typed(node.outputs[0])), node, "convert")
    }
  }

  /// Gives all that need memory within a run the same, as one step runs at a time.
  func bind() {
    let scratch = constants.allocate(scratchUsers.map(\.byteCount).max() ?? 0, of: UInt8.self)
    for user in scratchUsers { user.take(scratch) }
  }

  func address(_ value: ValueID) -> UnsafeMutableRawPointer { arena + plan.placements[value.index].offset }

  /// The place of a value of floats in the form of the kernels.
  func map(_ value: ValueID) -> SegMap {
    let shape = graph.shape(of: value)
    precondition(format(of: value) == .float32, "the kernel reads and writes floats")
    return SegMap(
      data: address(value).assumingMemoryBound(to: Float.self), height: Int32(shape.height), width: Int32(shape.width), channels: Int32(shape.channels),
      pixel_stride: Int32(plan.placements[value.index].pixelStride))
  }

  /// A value's place in the form of the kernels for any format, all of its channels or some.
  func typed(_ value: ValueID, channels: Range<Int>? = nil) -> SegTypedMap {
    let (shape, format) = (graph.shape(of: value), format(of: value))
    return SegTypedMap(
      data: address(value) + (channels?.lowerBound ?? 0) * format.byteCount, height: Int32(shape.height), width: Int32(shape.width),
      channels: Int32(channels?.count ?? shape.channels), pixel_stride: Int32(plan.placements[value.index].pixelStride), format: format.kernelFormat,
      scale: format.scale)
  }

  func format(of value: ValueID) -> ElementFormat { graph.values[value.index].format }

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

  private mutating func addScaleShift(_ affine: ScaleShift?, _ activation: Activation?, _ node: Node) {
    let arguments = SegScaleShift(
      input: typed(node.inputs[0]), output: typed(node.outputs[0]), scale: affine.map { constants.copy($0.scale) },
      shift: affine.map { constants.copy($0.shift) },
      activation: constants.activation(activation, channels: graph.shape(of: node.outputs[0]).channels))
    append(seg_scale_shift, arguments, node, "scale and shift")
  }

  private mutating func addSum(_ activation: Activation?, _ node: Node) throws(InputError) {
    let output = typed(node.outputs[0])
    // Sums between are not to be rounded to the output's format, nor cut off at its limits.
    if 3...Int(SEG_SUM_PARTS) ~= node.inputs.count, output.format != SEG_FLOAT32 {
      let sum = ResizedSum(height: Int(output.height), width: Int(output.width), alignCorners: false, activation: activation)
      return try addResizedSum(sum, node, "sum")
    }
    var left = typed(node.inputs[0])
    for (index, input) in node.inputs.enumerated().dropFirst() {
      let isLast = index == node.inputs.count - 1
      let function = constants.activation(isLast ? activation : nil, channels: Int(output.channels))
      append(seg_sum, SegSum(left: left, right: typed(input), output: output, activation: function), node, "sum")
      left = output
    }
  }

  private mutating func addConcatenation(_ node: Node) {
    var channel = 0
    for input in node.inputs {
      let count = graph.shape(of: input).channels
      let target = typed(node.outputs[0], channels: channel..<channel + count)
      let source = typed(input)
      if source.data != target.data { append(seg_copy_channels, SegChannelCopy(input: source, output: target), node, "join") }
      channel += count
    }
  }

  private mutating func addPadding(_ node: Node) {
    let output = typed(node.outputs[0])
    var input = typed(node.inputs[0])
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
      input: typed(node.inputs[0]), output: typed(node.outputs[0]), taps: keepsIndices ? taps(node.outputs[1]) : nil, window: window(pool))
    append(seg_max_pool, arguments, node, "max pool")
  }

  private func pool(of indices: ValueID) -> PoolingWindow {
    guard let window = pools[indices.index] else { preconditionFailure("indices come from a pool") }
    return window
  }

  private mutating func addUnpool(_ node: Node) {
    let arguments = SegMaxUnpool(
      input: typed(node.inputs[0]), output: typed(node.outputs[0]), taps: taps(node.inputs[1]), window: window(pool(of: node.inputs[1])))
    append(seg_max_unpool, arguments, node, "max unpool")
  }

  private mutating func addInterleave(_ interleave: Interleave, _ node: Node) {
    var arguments = SegInterleave()
    (arguments.input, arguments.output) = (typed(node.inputs[0]), typed(node.outputs[0]))
    (arguments.block, arguments.top, arguments.left) = (Int32(interleave.block), Int32(interleave.offset.vertical), Int32(interleave.offset.horizontal))
    arguments.activation = constants.activation(interleave.activation, channels: graph.shape(of: node.outputs[0]).channels)
    if node.inputs.count == 3 {
      arguments.pooled = typed(node.inputs[1])
      arguments.taps = UnsafePointer(taps(node.inputs[2]))
    }
    append(seg_interleave, arguments, node, node.inputs.count == 3 ? "interleave and unpool" : "interleave")
  }
}
