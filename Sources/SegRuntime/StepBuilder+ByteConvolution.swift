import CSegKernels
import SegGraph

extension StepBuilder {
  /// Adds a convolution of bytes as a step of our own where that is faster than the library's; false leaves it to the library.
  mutating func addByteConvolution(_ convolution: Convolution, _ node: Node) -> Bool {
    guard var made = byteConvolutions.take(making: node.outputs[0]) else { return false }
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

  private func isPlanes(_ value: ValueID) -> Bool { byteConvolutions.planeValues.contains(value.index) }
}
