import CSegKernels
import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegRuntime

/// Convolutions of bytes by the kernel of our own.
@Suite(.enabled(if: ByteConvolution.isAvailable, "the processor has no wide products of bytes")) struct ByteConvolutionTests {
  /// A convolution, and how its maps lie.
  private struct Case {
    let drawn: DrawnConvolution
    let isInPlace: Bool
    /// Which maps lie as planes.
    let planeMaps: PlaneMaps

    init(seed: UInt64) {
      var random = RandomNumbers(seed: seed)
      drawn = DrawnConvolution(.int8, &random)
      func isUnsigned(_ format: ElementFormat?) -> Bool { if case .unsigned8? = format { Bool.random(using: &random) } else { false } }
      let canReadPlanes = ByteConvolution(drawn.convolution, from: drawn.input, to: drawn.output, adding: drawn.added)?.canReadPlanes == true
      planeMaps = PlaneMaps(
        input: canReadPlanes && isUnsigned(drawn.input.format), added: isUnsigned(drawn.added), output: isUnsigned(drawn.output.format))
      isInPlace = planeMaps.added == planeMaps.output && Bool.random(using: &random)
    }

    /// What the kernel writes when the rows are worked on in `strips` parts, channels-last, and behind it sixteen bytes that it must leave alone; nil where it
    /// left anything but zeros around planes.
    func bytes(strips: Int) throws -> [UInt8]? {
      let constants = ConstantStore()
      let (input, output, added) = (drawn.input, drawn.output, drawn.added)
      let read = constants.copy(planeMaps.input ? PlaneBytes(input.shape).spread(drawn.inputBytes) : drawn.inputBytes)
      let planes = PlaneBytes(output.shape)
      let count = planeMaps.output ? planes.byteCount : output.shape.count * output.format.byteCount
      let written = constants.allocate(count + 16, of: UInt8.self)
      for index in 0..<count + 16 { written[index] = 0xA5 }
      let addedMap = planeMaps.added ? planes.spread(drawn.addedBytes) : drawn.addedBytes
      if isInPlace { for (index, byte) in addedMap.enumerated() { written[index] = byte } }
      let beside = isInPlace ? written : UnsafeMutablePointer(mutating: constants.copy(addedMap))
      var made = try #require(ByteConvolution(drawn.convolution, from: input, to: output, adding: added))
      made.planeMaps = planeMaps
      var arguments = made.arguments(
        from: SegTypedMap(UnsafeMutablePointer(mutating: read), input), to: SegTypedMap(written, output),
        adding: added.map { SegTypedMap(beside, TypedShape(shape: output.shape, format: $0)) }, constants)
      arguments.strips = Int32(strips)
      arguments.scratch = constants.allocate(strips * arguments.strip_bytes, of: UInt8.self)
      // Whatever was in the scratch before must not matter.
      for index in 0..<strips * arguments.strip_bytes { arguments.scratch[index] = UInt8(truncatingIfNeeded: index &* 37) }
      seg_byte_convolution(&arguments, 0, Int32(strips))
      let found = Array(UnsafeBufferPointer(start: written, count: count + 16))
      guard planeMaps.output else { return found }
      return planes.hasZerosAround(found) ? planes.gathered(found) + found.suffix(16) : nil
    }
  }

  @Test("results are the exact ones, rounded, whatever the shape, the formats and what follows", arguments: UInt64(0)..<500)
  func exact(seed: UInt64) throws {
    let trial = Case(seed: seed)
    let found = try #require(try trial.bytes(strips: 1), "seed \(seed): something is around the planes")
    #expect(found.suffix(16).allSatisfy { $0 == 0xA5 }, "seed \(seed): the kernel wrote beyond the output")
    let wrong = trial.drawn.wrongCount(found.dropLast(16))
    #expect(wrong == 0, "seed \(seed): \(wrong) of \(trial.drawn.output.shape.count) wrong, \(trial.drawn.input) to \(trial.drawn.output), \(trial.planeMaps)")
  }

  @Test("results do not depend on the number of strips", arguments: UInt64(0)..<40)
  func strips(seed: UInt64) throws {
    let trial = Case(seed: seed &+ 1000)
    let whole = try trial.bytes(strips: 1)
    for strips in [2, 3, 7] { #expect(try trial.bytes(strips: strips) == whole, "seed \(seed), \(strips) strips") }
  }

  @Test("networks give what the reference gives, on one thread and on two", arguments: [18, 20, 36], UInt64(0)..<3)
  func wholeNetworks(channels: Int, seed: UInt64) throws {
    let network = try BlockNetwork(.int8, seed: seed, channels: channels)
    // What is between two of them, and what is only added beside that; the last reads every other column.
    #expect(ShortConvolutions(network.formatted, among: [.narrow, .tiles]).planeValues.count >= 3, "seed \(seed)")
    let (one, two) = (try network.results(threads: 1, among: [.narrow, .tiles]), try network.results(threads: 2, among: [.narrow, .tiles]))
    #expect(one.kinds.count { $0 == "narrow int8" } >= 5 && two.kinds == one.kinds, "seed \(seed): \(one.kinds)")
    #expect(one.values == two.values && network.agrees(one.values), "seed \(seed)")
  }
}
