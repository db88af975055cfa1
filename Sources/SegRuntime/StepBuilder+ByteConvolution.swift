import CSegKernels
import SegGraph

extension Graph {
  /// A node as a convolution of bytes by the kernel of our own; nil where it is no convolution, or one that is not faster so. For a graph with formats.
  func byteConvolution(_ node: Node) -> ByteConvolution? {
    guard ByteConvolution.isAvailable, case .convolution(let convolution) = node.operation else { return nil }
    func typed(_ value: ValueID) -> TypedShape { TypedShape(shape: shape(of: value), format: values[value.index].format) }
    let added = convolution.firstAdded.map { values[node.inputs[$0].index].format }
    guard let made = ByteConvolution(convolution, from: typed(node.inputs[0]), to: typed(node.outputs[0]), adding: added), made.isFaster else { return nil }
    return made
  }

  /// The values that lie as planes of four channels, by index: bytes without a sign that only convolutions by the kernel of our own make and read.
  var planeValues: Set<Int> {
    var made: Set<Int> = []
    var other = Set(outputs.map(\.value.index))
    for node in nodes {
      guard let convolution = byteConvolution(node) else {
        other.formUnion(node.inputs.map(\.index))
        continue
      }
      if !convolution.canReadPlanes { other.insert(node.inputs[0].index) }
      if case .unsigned8 = convolution.output.format { made.insert(node.outputs[0].index) }
    }
    return made.subtracting(other)
  }
}

extension StepBuilder {
  /// Adds a convolution of bytes as a step of our own where that is faster than the library's; false leaves it to the library.
  mutating func addByteConvolution(_ convolution: Convolution, _ node: Node) -> Bool {
    guard var made = graph.byteConvolution(node) else { return false }
    let (source, target) = (node.inputs[0], node.outputs[0])
    let added = convolution.firstAdded.map { node.inputs[$0] }
    made.planeMaps = PlaneMaps(input: isPlanes(source), added: added.map { isPlanes($0) } ?? false, output: isPlanes(target))
    let arguments = constants.allocate(1, of: SegByteConvolution.self)
    arguments.pointee = made.arguments(from: typed(source), to: typed(target), adding: added.map { typed($0) }, constants)
    arguments.pointee.strips = Int32(min(threads, made.output.shape.height))
    scratchUsers.append((arguments.pointee.strip_bytes * Int(arguments.pointee.strips), { arguments.pointee.scratch = $0 }))
    steps.append(
      Step(
        name: node.name, kind: "narrow int8", precision: .int8, gigaOperations: 2e-9 * Double(graph.multiplyAccumulates(of: node)),
        work: .rows(seg_byte_convolution, arguments, arguments.pointee.strips)))
    return true
  }

  private func isPlanes(_ value: ValueID) -> Bool { planeValues.contains(value.index) }
}

extension Convolution {
  /// The index of the input that is added first.
  fileprivate var firstAdded: Int? { postOperations.lazy.compactMap { if case .add(let index) = $0 { index } else { nil } }.first }
}
