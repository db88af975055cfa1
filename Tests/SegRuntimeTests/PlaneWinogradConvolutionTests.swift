import CSegKernels
import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegRuntime

/// Convolutions of bytes by sixteen tiles at once.
@Suite(.enabled(if: PlaneWinogradConvolution.isAvailable, "the processor has no products of bytes")) struct PlaneWinogradConvolutionTests {
  /// The kinds of registers that the processor has products for, those of 32 bytes (true) even where there are wider ones.
  private static let registers: [Bool] = (ByteConvolution.isAvailable ? [false] : []) + (seg_has_narrow_products() != 0 ? [true] : [])

  /// A convolution, and how its maps lie.
  private struct Case {
    let trial: WinogradTrial
    let isInPlace: Bool
    /// Which maps lie as planes.
    let planeMaps: PlaneMaps
    /// Whether reading more than 64 bytes behind a map, or anything behind the scratch, ends the process.
    var isGuarded = false

    init(seed: UInt64) {
      var random = RandomNumbers(seed: seed &+ 7)
      trial = WinogradTrial(seed: seed, isPlane: true)
      func isPlanes(_ format: ElementFormat?) -> Bool { if case .unsigned8? = format { Bool.random(using: &random) } else { false } }
      planeMaps = PlaneMaps(input: isPlanes(trial.input.format), added: isPlanes(trial.added), output: isPlanes(trial.output.format))
      isInPlace = trial.added != nil && planeMaps.added == planeMaps.output && Bool.random(using: &random)
    }

    /// What the kernel writes, channels-last, and behind it sixteen bytes that it must leave alone; nil where it left anything but zeros around planes.
    func bytes(threads: Int = 1, isNarrow: Bool) throws -> [UInt8]? {
      let (memory, constants) = (GuardedMemory(isGuarded: isGuarded), ConstantStore())
      let (input, output, added) = (trial.input, trial.output, trial.added)
      // What may be read behind maps must not matter.
      let behind = [UInt8](repeating: 0xA5, count: Int(SEG_READABLE_BEYOND))
      let read = (planeMaps.input ? PlaneBytes(input.shape).spread(trial.inputBytes) : trial.inputBytes) + behind
      let planes = PlaneBytes(output.shape)
      let count = planeMaps.output ? planes.byteCount : output.shape.count
      let addedMap = (planeMaps.added ? planes.spread(trial.addedBytes) : trial.addedBytes) + behind
      let written = memory.aligned(isInPlace ? addedMap : [UInt8](repeating: 0xA5, count: count) + behind)
      var made = try #require(PlaneWinogradConvolution(trial.convolution, from: input, to: output, adding: added, isNarrow: isNarrow))
      made.planeMaps = planeMaps
      let beside = added.map { SegTypedMap(isInPlace ? written : memory.aligned(addedMap), TypedShape(shape: output.shape, format: $0)) }
      var arguments = made.arguments(
        from: SegTypedMap(memory.aligned(read), input), to: SegTypedMap(written, output), adding: beside, threads: threads, constants)
      // Whatever was in the scratch before must not matter.
      arguments.scratch = memory.copy((0..<Int(arguments.shares) * arguments.share_bytes).map { UInt8(truncatingIfNeeded: $0 &* 37) })
      seg_run_rows(seg_plane_winograd, &arguments, arguments.shares, Int32(threads))
      let found = withExtendedLifetime((memory, constants)) { Array(UnsafeBufferPointer(start: written, count: count + 16)) }
      guard planeMaps.output else { return found }
      return planes.hasZerosAround(found) ? planes.gathered(found) + found.suffix(16) : nil
    }
  }

  @Test("results are those of nine products, whatever the shape, the formats, the layouts and what follows", arguments: registers, UInt64(0)..<400)
  func near(isNarrow: Bool, seed: UInt64) throws {
    let made = Case(seed: seed)
    let found = try #require(try made.bytes(isNarrow: isNarrow), "seed \(seed): something is around the planes")
    #expect(found.suffix(16).allSatisfy { $0 == 0xA5 }, "seed \(seed): the kernel wrote beyond the output")
    let (expected, largest) = made.trial.expected()
    let worst = zip(made.trial.results(found), expected).map { abs($0 - $1) }.max() ?? 0
    #expect(worst <= 0.5 + 0.004 * largest, "seed \(seed): off by \(worst) of \(largest), \(made.trial.input) to \(made.trial.output), \(made.planeMaps)")
  }

  @Test("any number of threads gives the same bytes", arguments: registers, [2, 3, 7])
  func threads(isNarrow: Bool, count: Int) throws {
    for seed in UInt64(1000)..<1040 {
      let one = try Case(seed: seed).bytes(isNarrow: isNarrow)
      #expect(try Case(seed: seed).bytes(threads: count, isNarrow: isNarrow) == one, "seed \(seed)")
    }
  }

  @Test("nothing is read or written beyond maps and what may be read behind them, nor beyond the scratch")
  func bounds() async {
    await #expect(processExitsWith: .success) {
      for seed in UInt64(2000)..<2150 {
        var made = Case(seed: seed)
        made.isGuarded = true
        for isNarrow in PlaneWinogradConvolutionTests.registers { _ = try made.bytes(threads: 1 + Int(seed) % 3, isNarrow: isNarrow) }
      }
    }
  }

  @Test("results far beyond bytes, and beyond whole numbers of four bytes, are the greatest or the least byte", arguments: [Float(1), 1e-6, 1e-9])
  func largeResults(scale: Float) throws {
    for (added, addedScale) in [(ElementFormat?.none, Float(0)), (.unsigned8(scale: 1), 1), (.signed8(scale: 1e12), 1e12)] where addedScale >= 0 {
      for format in [ElementFormat.unsigned8(scale: scale), .signed8(scale: scale)] {
        // Sixteen channels above zero, sixteen below.
        var convolution = Convolution(weight: Tensor(shape: [32, 2, 3, 3], floats: (0..<32 * 18).map { $0 < 16 * 18 ? Float(1) : -1 }))
        if added != nil { convolution.postOperations = [.add(inputIndex: 1)] }
        let map = TypedShape(shape: FeatureShape(height: 10, width: 10, channels: 2), format: .unsigned8(scale: 1))
        let output = TypedShape(shape: FeatureShape(height: 8, width: 8, channels: 32), format: format)
        let constants = ConstantStore()
        let written = constants.allocate(output.shape.count, of: UInt8.self)
        let beside = added.map {
          SegTypedMap(constants.copy([UInt8](repeating: 0, count: output.shape.count)), TypedShape(shape: output.shape, format: $0))
        }
        let made = try #require(PlaneWinogradConvolution(convolution, from: map, to: output, adding: added))
        var arguments = made.arguments(
          from: SegTypedMap(constants.copy([UInt8](repeating: 200, count: 200)), map), to: SegTypedMap(written, output), adding: beside, threads: 1, constants)
        arguments.scratch = constants.allocate(arguments.share_bytes, of: UInt8.self)
        seg_plane_winograd(&arguments, 0, 1)
        let (least, most): (UInt8, UInt8) = if case .signed8 = format { (0x80, 0x7F) } else { (0, 0xFF) }
        let areRight = (0..<output.shape.count).allSatisfy { written[$0] == ($0 % 32 < 16 ? most : least) }
        #expect(areRight, "\(format), \(String(describing: added))")
      }
    }
  }

  @Test("what the kernel cannot do is left alone")
  func others() throws {
    let bytes = ElementFormat.unsigned8(scale: 0.1)
    func isPossible(
      _ input: ElementFormat, _ output: ElementFormat, channels: Int = 8, _ change: (inout Convolution) -> Void = { _ in }
    ) -> Bool {
      var convolution = Convolution(weight: Tensor(shape: [8, channels, 3, 3], floats: [Float](repeating: 1, count: 72 * channels)))
      convolution.padding = Padding(1)
      change(&convolution)
      let shape = FeatureShape(height: 8, width: 8, channels: channels)
      let made = TypedShape(shape: convolution.resultShape(over: shape), format: output)
      return PlaneWinogradConvolution(convolution, from: TypedShape(shape: shape, format: input), to: made, adding: nil) != nil
    }
    #expect(isPossible(bytes, bytes) && isPossible(bytes, .signed8(scale: 1)) && isPossible(bytes, bytes, channels: 512))
    #expect(!isPossible(.float32, bytes) && !isPossible(bytes, .float32) && !isPossible(bytes, .bfloat16) && !isPossible(bytes, bytes, channels: 513))
    #expect(!isPossible(bytes, bytes) { $0.stride = (1, 2) } && !isPossible(bytes, bytes) { $0.dilation = (2, 2) })
    #expect(!isPossible(bytes, bytes) { $0.padding = Padding(top: 1, bottom: 1, left: 3, right: 0) } && !isPossible(bytes, bytes) { $0.padding = Padding(2) })
    #expect(!isPossible(bytes, bytes) { $0.weight = Tensor(shape: [8, 8, 3, 1], floats: [Float](repeating: 1, count: 192)) })
    #expect(
      !isPossible(bytes, bytes) {
        $0.groups = 8
        $0.weight = Tensor(shape: [8, 1, 3, 3], floats: [Float](repeating: 1, count: 72))
      })
    #expect(!isPossible(bytes, bytes) { $0.postOperations = [.activation(.sigmoid)] })
  }

  @Test("networks are as exact as by nine products, the same on one thread and on two, with maps between as planes", arguments: [18, 20, 36], UInt64(0)..<3)
  func wholeNetworks(channels: Int, seed: UInt64) throws {
    let network = try BlockNetwork(.int8, seed: seed, channels: channels)
    // In registers of 32 bytes the library makes the first map and reads the last, channels-last.
    let isNarrow = NarrowRegisters.isAvailable
    let kernels: ShortKernels = isNarrow ? [.tiles, .planeTiles] : [.narrow, .planeTiles]
    #expect(ShortConvolutions(network.formatted, among: kernels).planeValues.count >= (isNarrow ? 3 : 4), "seed \(seed)")
    let (one, two) = (try network.results(threads: 1, among: kernels), try network.results(threads: 2, among: kernels))
    #expect((seg_wide_products() == 2 && !isNarrow) || one.kinds.count { $0 == "plane winograd int8" } == 4, "seed \(seed): \(one.kinds)")
    #expect(two.kinds == one.kinds && one.values == two.values && network.isAsExact(one.values), "seed \(seed)")
  }
}
