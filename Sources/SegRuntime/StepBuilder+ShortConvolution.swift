import CSegKernels
import SegGraph

extension StepBuilder {
  /// Adds a convolution of bytes or bfloat16 as a step of our own where that is faster than the library's; false leaves it to the library.
  mutating func addShortConvolution(_ convolution: Convolution, _ node: Node) -> Bool {
    let added = convolution.firstAdded.map { node.inputs[$0] }
    switch shortConvolutions.take(making: node.outputs[0]) {
    case nil: return false
    case .narrow(let made): add(made, node, adding: added)
    case .tiles(let made): add(made, node, adding: added)
    case .planeTiles(let made): add(made, node, adding: added)
    case .matrix(let made): add(made, node, adding: added)
    case .windows(let made): add(made, node)
    case .depthwise(let made): add(made, node)
    case .points(let made): add(made, node, adding: added)
    case .gathered(let made): add(made, node, adding: added)
    case .bands(let made): add(made, node)
    case .withReader: break
    }
    return true
  }

  private mutating func add(_ convolution: ByteConvolution, _ node: Node, adding added: ValueID?) {
    var made = convolution
    made.planeMaps = planeMaps(node, adding: added)
    let arguments = constants.allocate(1, of: SegByteConvolution.self)
    arguments.pointee = made.arguments(from: typed(node.inputs[0]), to: typed(node.outputs[0]), adding: added.map { typed($0) }, constants)
    arguments.pointee.strips = Int32(min(threads, made.output.shape.height))
    scratchUsers.append((arguments.pointee.strip_bytes * Int(arguments.pointee.strips), { arguments.pointee.scratch = $0 }))
    append("narrow int8", .int8, node, .rows(seg_byte_convolution, arguments, arguments.pointee.strips))
  }

  /// Adds a convolution by Winograd's tiles in words of two bytes.
  private mutating func add(_ convolution: WordWinogradConvolution, _ node: Node, adding added: ValueID?) {
    let arguments = constants.allocate(1, of: SegWordWinograd.self)
    arguments.pointee = convolution.arguments(
      from: typed(node.inputs[0]), to: typed(node.outputs[0]), adding: added.map { typed($0) }, threads: threads, constants)
    scratchUsers.append((arguments.pointee.share_bytes * threads, { arguments.pointee.scratch = $0 }))
    let precision = convolution.input.format.precision
    append("winograd \(precision == .int8 ? "int8" : "bf16")", precision, node, .rows(seg_word_winograd, arguments, Int32(threads)))
  }

  /// Adds a convolution by Winograd's tiles, sixteen at once.
  private mutating func add(_ convolution: PlaneWinogradConvolution, _ node: Node, adding added: ValueID?) {
    var made = convolution
    made.planeMaps = planeMaps(node, adding: added)
    let arguments = constants.allocate(1, of: SegPlaneWinograd.self)
    arguments.pointee = made.arguments(
      from: typed(node.inputs[0]), to: typed(node.outputs[0]), adding: added.map { typed($0) }, threads: threads, constants)
    scratchUsers.append((arguments.pointee.share_bytes * Int(arguments.pointee.shares), { arguments.pointee.scratch = $0 }))
    append("plane winograd int8", .int8, node, .rows(seg_plane_winograd, arguments, arguments.pointee.shares))
  }

  private mutating func add(_ convolution: MatrixConvolution, _ node: Node, adding added: ValueID?) {
    let arguments = constants.allocate(1, of: SegMatrixConvolution.self)
    arguments.pointee = convolution.arguments(
      from: typed(node.inputs[0]), to: typed(node.outputs[0]), adding: added.map { typed($0) }, threads: threads, constants)
    scratchUsers.append((arguments.pointee.share_bytes * Int(arguments.pointee.shares), { arguments.pointee.scratch = $0 }))
    append(convolution.kind, convolution.input.format.precision, node, .rows(seg_matrix_convolution, arguments, arguments.pointee.shares))
    guard let curved = convolution.curved else { return }
    let map = typed(node.outputs[0])
    let function = constants.activation(curved, channels: Int(map.channels))
    append(seg_scale_shift, SegScaleShift(input: map, output: map, scale: nil, shift: nil, activation: function), node, "activation")
  }

  private mutating func add(_ convolution: WindowConvolution, _ node: Node) {
    let arguments = constants.allocate(1, of: SegWindowConvolution.self)
    arguments.pointee = convolution.arguments(from: typed(node.inputs[0]), to: typed(node.outputs[0]), threads: threads, constants)
    scratchUsers.append((arguments.pointee.row_bytes * Int(arguments.pointee.shares), { arguments.pointee.scratch = $0 }))
    append("windows int8", .int8, node, .rows(WindowConvolution.kernel, arguments, arguments.pointee.shares))
  }

  private mutating func add(_ convolution: DepthwiseConvolution, _ node: Node) {
    let arguments = constants.allocate(1, of: SegDepthwiseConvolution.self)
    arguments.pointee = convolution.arguments(from: typed(node.inputs[0]), to: typed(node.outputs[0]), constants)
    append(convolution.kind, convolution.input.format.precision, node, .rows(convolution.kernel, arguments, Int32(convolution.output.shape.height)))
  }

  private mutating func add(_ convolution: PointConvolution, _ node: Node, adding added: ValueID?) {
    let arguments = constants.allocate(1, of: SegPointConvolution.self)
    arguments.pointee = convolution.arguments(
      from: typed(node.inputs[0]), to: typed(node.outputs[0]), adding: added.map { typed($0) }, threads: threads, constants)
    scratchUsers.append((arguments.pointee.share_bytes * Int(arguments.pointee.shares), { arguments.pointee.scratch = $0 }))
    append("points int8", .int8, node, .rows(seg_point_convolution, arguments, arguments.pointee.shares))
  }

  private mutating func add(_ convolution: GatheredConvolution, _ node: Node, adding added: ValueID?) {
    let arguments = constants.allocate(1, of: SegGatheredConvolution.self)
    arguments.pointee = convolution.arguments(
      from: typed(node.inputs[0]), to: typed(node.outputs[0]), adding: added.map { typed($0) }, threads: threads, constants)
    scratchUsers.append((arguments.pointee.share_bytes * Int(arguments.pointee.shares), { arguments.pointee.scratch = $0 }))
    append("gathered int8", .int8, node, .rows(seg_gathered_convolution, arguments, arguments.pointee.shares))
  }

  private mutating func add(_ bands: ShortConvolutions.Bands, _ node: Node) {
    let (both, arguments) = (bands.convolutions, constants.allocate(1, of: SegDepthwiseBands.self))
    arguments.pointee = both.arguments(
      from: typed(bands.source), by: typed(bands.between), to: typed(node.outputs[0]), threads: threads, constants
    ) { scratchUsers.append(($0, $1)) }
    let operations = bands.multiplyAccumulates + graph.multiplyAccumulates(of: node)
    steps.append(
      Step(
        name: node.name, kind: both.kind, precision: both.depthwise.input.format.precision, gigaOperations: 2e-9 * Double(operations),
        work: .rows(seg_depthwise_bands, arguments, arguments.pointee.shares)))
  }

  private mutating func append(_ kind: String, _ precision: Precision, _ node: Node, _ work: StepWork) {
    steps.append(Step(name: node.name, kind: kind, precision: precision, gigaOperations: 2e-9 * Double(graph.multiplyAccumulates(of: node)), work: work))
  }

  /// Which maps of a convolution lie as planes.
  private func planeMaps(_ node: Node, adding added: ValueID?) -> PlaneMaps {
    let values = shortConvolutions.planeValues
    return PlaneMaps(
      input: values.contains(node.inputs[0].index), added: added.map { values.contains($0.index) } ?? false, output: values.contains(node.outputs[0].index))
  }
}
