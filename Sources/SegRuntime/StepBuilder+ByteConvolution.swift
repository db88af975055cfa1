import CSegKernels
import SegGraph

extension StepBuilder {
  /// Adds a convolution of bytes as a step of our own where that is faster than the library's; false leaves it to the library.
  mutating func addByteConvolution(_ convolution: Convolution, _ node: Node) -> Bool {
    let (source, target) = (node.inputs[0], node.outputs[0])
    let added = convolution.postOperations.lazy.compactMap { if case .add(let index) = $0 { node.inputs[index] } else { nil } }.first
    guard ByteConvolution.isAvailable,
      let made = ByteConvolution(
        convolution, from: TypedShape(shape: graph.shape(of: source), format: format(of: source)),
        to: TypedShape(shape: graph.shape(of: target), format: format(of: target)), adding: added.map { format(of: $0) }), made.isFaster
    else { return false }
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
}
