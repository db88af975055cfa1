import CSegKernels
import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegRuntime

/// Convolutions and the depthwise ones behind them, made in bands of rows.
@Suite(.enabled(if: DepthwiseConvolution.isAvailable(.int8), "the processor has no registers of 32 bytes")) struct DepthwiseBandsTests {
  /// A convolution, and a depthwise one of what it makes.
  private struct Trial {
    let first, second: DrawnConvolution
    let kind: ShortConvolutions.Kind
    let depthwise: DepthwiseConvolution
    /// So small that rings have a few rows only, mostly.
    let cacheBytes: Int

    init(seed: UInt64) throws {
      var random = RandomNumbers(seed: seed)
      func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
      let canBeHalves = MatrixConvolution.isAvailable && DepthwiseConvolution.isAvailable(.bfloat16)
      let precision: Precision = canBeHalves && number(0...2) == 0 ? .bfloat16 : .int8
      let hasPoints = PointConvolution.isAvailable || MatrixConvolution.isAvailable || GatheredConvolution.isAvailable
      let isOfWindows = precision == .int8 && (number(0...2) == 0 || !hasPoints)
      let (inputs, channels) = (isOfWindows ? number(1...6) : number(16...70), 16 * number(2...9))
      let (kernel, stride) = (isOfWindows ? (3, 3) : (1, 1), number(0...2) == 0 ? (2, 2) : (1, 1))
      let size = (number(8...24) * stride.0, number(20...70) * stride.1)
      first = DrawnConvolution(precision, to: channels, from: inputs, kernel: kernel, size: size, &random) {
        $0.stride = stride
        if isOfWindows { $0.padding = Padding(1) }
      }
      var convolution = Convolution(
        weight: Tensor(shape: [channels, 1, 3, 3], floats: random.floats(9 * channels)), bias: Tensor(shape: [channels], floats: random.floats(channels)))
      convolution.groups = channels
      let step = number(1...3), dilation = number(0...2) == 0 ? number(1...3) : 1
      (convolution.stride, convolution.dilation) = ((step, step), (dilation, dilation))
      convolution.padding = Padding(top: number(0...3), bottom: number(0...3), left: number(0...3), right: number(0...3))
      convolution.postOperations = [random.straightActivation(channels: channels)].compactMap { $0 }
      second = DrawnConvolution(
        convolution, over: first.output.shape, from: first.output.format, to: random.format(precision), adding: nil, &random)
      depthwise = try #require(DepthwiseConvolution(convolution, from: second.input, to: second.output, adding: nil))
      if isOfWindows {
        kind = .windows(try #require(WindowConvolution(first.convolution, from: first.input, to: first.output, adding: nil)))
      } else if MatrixConvolution.isAvailable, precision == .bfloat16 || number(0...1) == 0 {
        kind = .matrix(try #require(MatrixConvolution(first.convolution, from: first.input, to: first.output, adding: nil)))
      } else if GatheredConvolution.isAvailable {
        kind = .gathered(try #require(GatheredConvolution(first.convolution, from: first.input, to: first.output, adding: nil)))
      } else {
        kind = .points(try #require(PointConvolution(first.convolution, from: first.input, to: first.output, adding: nil)))
      }
      cacheBytes = number(1...12) * 4 * first.output.shape.width * channels
    }

    /// What both make, the whole map between first.
    func bytesOfWholes() -> [UInt8] {
      let constants = ConstantStore()
      let source = SegTypedMap(constants.copy(first.inputBytes), first.input)
      let between = SegTypedMap(constants.allocate(first.output.shape.count * first.output.format.byteCount, of: UInt8.self), first.output)
      let target = constants.allocate(second.output.shape.count * second.output.format.byteCount, of: UInt8.self)
      switch kind {
      case .points(let made):
        var arguments = made.arguments(from: source, to: between, adding: nil, threads: 1, constants)
        arguments.scratch = constants.allocate(arguments.share_bytes, of: UInt8.self)
        seg_point_convolution(&arguments, 0, 1)
      case .matrix(let made):
        var arguments = made.arguments(from: source, to: between, adding: nil, threads: 1, constants)
        arguments.scratch = constants.allocate(arguments.share_bytes, of: UInt8.self)
        seg_matrix_convolution(&arguments, 0, 1)
      case .gathered(let made):
        var arguments = made.arguments(from: source, to: between, adding: nil, threads: 1, constants)
        arguments.scratch = constants.allocate(arguments.share_bytes, of: UInt8.self)
        seg_gathered_convolution(&arguments, 0, 1)
      case .windows(let made):
        var arguments = made.arguments(from: source, to: between, threads: 1, constants)
        arguments.scratch = constants.allocate(arguments.row_bytes, of: UInt8.self)
        WindowConvolution.kernel(&arguments, 0, 1)
      default: preconditionFailure("a kind that makes rows")
      }
      var arguments = depthwise.arguments(from: between, to: SegTypedMap(target, second.output), constants)
      depthwise.kernel(&arguments, 0, Int32(second.output.shape.height))
      return withExtendedLifetime(constants) {
        Array(UnsafeBufferPointer(start: target, count: second.output.shape.count * second.output.format.byteCount))
      }
    }

    /// The same in bands; nil where anything else was written.
    func bytesOfBands(threads: Int, isGuarded: Bool = false) throws -> [UInt8]? {
      let (memory, constants) = (GuardedMemory(isGuarded: isGuarded), ConstantStore())
      let bands = try #require(DepthwiseBands(kind, depthwise, cacheBytes: cacheBytes))
      let (input, output) = (SpacedMap(typed: first.input, gap: 0), SpacedMap(typed: second.output, gap: 0))
      let target = memory.copy(
        output.spread([UInt8](repeating: 0xA5, count: second.output.shape.count * second.output.format.byteCount), around: 0xA5))
      // What was in the rings before must not matter.
      let rings = memory.copy([UInt8](repeating: 0xFF, count: bands.ringByteCount(threads: threads)))
      var arguments = bands.arguments(
        from: input.map(memory.copy(input.spread(first.inputBytes, around: 0xFF))), by: SegTypedMap(rings, first.output), to: output.map(target),
        threads: threads, constants
      ) { count, take in take(memory.copy([UInt8](repeating: 0xFF, count: count))) }
      seg_run_rows(seg_depthwise_bands, &arguments, arguments.shares, Int32(threads))
      return withExtendedLifetime((memory, constants)) { output.gathered(target, around: 0xA5) }
    }
  }

  @Test("bands give what whole maps give, whatever the shapes, on any number of threads", arguments: UInt64(0)..<400)
  func same(seed: UInt64) throws {
    let trial = try Trial(seed: seed)
    let whole = trial.bytesOfWholes()
    for threads in 1...3 { #expect(try trial.bytesOfBands(threads: threads) == whole, "seed \(seed): \(threads) threads, \(trial.first.output)") }
  }

  @Test("nothing is read or written beyond maps, rings and scratch")
  func bounds() async {
    await #expect(processExitsWith: .success) {
      for seed in UInt64(0)..<150 { _ = try Trial(seed: seed &+ 1000).bytesOfBands(threads: 1 + Int(seed) % 3, isGuarded: true) }
    }
  }

  @Test("rings hold what a window reads and what is made next, and are as large as the cache allows")
  func rings() throws {
    for seed in UInt64(0)..<100 {
      let trial = try Trial(seed: seed)
      let bands = try #require(DepthwiseBands(trial.kind, trial.depthwise, cacheBytes: trial.cacheBytes))
      let reach = 2 * trial.depthwise.dilation
      #expect(bands.ringRows.isMultiple(of: bands.chunkRows) && bands.ringRows >= reach + bands.chunkRows, "seed \(seed)")
      let row = trial.second.input.shape.width * trial.second.input.shape.channels * trial.second.input.format.byteCount
      #expect(bands.chunkRows == 1 || bands.ringRows * row <= trial.cacheBytes / 4, "seed \(seed)")
    }
  }

  /// What is made in bands here: convolutions of windows, and of points where there is a kernel for them.
  private static let areOfWindows = PointConvolution.isAvailable || MatrixConvolution.isAvailable ? [true, false] : [true]

  /// A convolution whose map is too large for a core's cache, and a depthwise one; `isShared`: the map has another reader, `isAddedLater`: what the first reads has.
  private func graph(ofWindows: Bool, isShared: Bool = false, isAddedLater: Bool = true, height: Int = 96) throws -> (
    graph: Graph, plan: PrecisionPlan, input: [Float]
  ) {
    var drawn = RandomGraph(seed: 3)
    let (channels, side) = ofWindows ? (3, 3) : (32, 1)
    let pixels = drawn.input(height, 64, channels)
    let small = ofWindows ? pixels : try drawn.activation(.relu, drawn.convolution(pixels, to: channels, kernel: (1, 1), hasBias: true))
    let wide = try drawn.activation(
      .relu, drawn.convolution(small, to: 192, kernel: (side, side), padding: Padding(side / 2), hasBias: true))
    var map = try drawn.activation(.relu6, drawn.convolution(wide, to: 192, kernel: (3, 3), padding: Padding(1), groups: 192, hasBias: true))
    if isShared { map = try drawn.add(map, wide, activation: nil) }
    let narrow = try drawn.convolution(map, to: channels, kernel: (1, 1), hasBias: true)
    drawn.builder.output(isAddedLater ? try drawn.add(narrow, small, activation: nil) : narrow, name: "output")
    let graph = drawn.builder.build()
    var random = RandomNumbers(seed: 9)
    let input = random.floats(graph.shape(of: graph.inputs[0]).count)
    let exposed = ReferenceInterpreter(graph: graph.optimized().exposingValues()).run(inputs: [input])
    let ranges = exposed.mapValues { ValueRange(lowest: min($0.min() ?? 0, 0), highest: max($0.max() ?? 0, 0)) }
    return (graph, PrecisionPlan(.int8, fallback: .float32, ranges: ranges), input)
  }

  @Test("a network with them gives the same numbers in less memory, whether what they read is still needed or not", arguments: [1, 2], [false, true])
  func wholeNetwork(threads: Int, isAddedLater: Bool) throws {
    for ofWindows in Self.areOfWindows {
      let (graph, plan, input) = try graph(ofWindows: ofWindows, isAddedLater: isAddedLater)
      func run(_ kernels: ShortKernels) throws -> (values: [Float], executable: Executable) {
        let executable = try Executable(graph: graph, threads: threads, precision: plan, kernels: kernels)
        executable.withInput(0) { _ = $0.update(fromContentsOf: input) }
        for _ in 0..<2 { executable.run() }
        return (executable.withOutput("output") { found, _ in Array(found) }, executable)
      }
      let (apart, together) = (try run(.all.subtracting(.bands)), try run(.all))
      #expect(together.executable.steps.contains { $0.kind.hasSuffix(", depthwise int8") } && apart.executable.steps.contains { $0.kind == "depthwise int8" })
      // Of so many numbers the differences are not to be listed.
      let areSame = together.values == apart.values
      #expect(areSame)
      #expect(together.executable.steps.count == apart.executable.steps.count - 1)
      #expect(together.executable.arenaByteCount < apart.executable.arenaByteCount - (256 << 10))
      let operations = [apart, together].map { $0.executable.steps.reduce(0) { $0 + $1.gigaOperations } }
      #expect(abs(operations[0] - operations[1]) < 1e-9)
    }
  }

  @Test("maps that others read as well, and maps that stay in the cache, are made as a whole")
  func choice() throws {
    func count(_ made: (graph: Graph, plan: PrecisionPlan, input: [Float])) -> Int {
      ShortConvolutions(made.graph.optimized().assigningFormats(made.plan)).bands.count
    }
    for ofWindows in Self.areOfWindows {
      let counts = (
        count(try graph(ofWindows: ofWindows)), count(try graph(ofWindows: ofWindows, isShared: true)), count(try graph(ofWindows: ofWindows, height: 64))
      )
      #expect(counts == (1, 0, 0))
    }
  }
}
