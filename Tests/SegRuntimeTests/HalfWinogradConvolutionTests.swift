import CSegKernels
import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegRuntime

/// Convolutions of bfloat16 by tiles against nine products a place in floats.
@Suite(.enabled(if: WordWinogradConvolution.isAvailable(.bfloat16), "the processor does not multiply bfloat16")) struct HalfWinogradConvolutionTests {
  /// A convolution of random shape and post-operations, and maps for it.
  private struct Trial {
    let convolution: Convolution
    let input, output: TypedShape
    let values, added: [Float]
    let addsMap: Bool

    init(seed: UInt64, inputs: Int? = nil) {
      var random = RandomNumbers(seed: seed)
      func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
      let inputs = inputs ?? [number(1...45), 16, 32, number(61...70)][number(0...3)]
      let outputs = [16 * number(1...5), number(60...80), number(1...40), number(1...40)][number(0...3)]
      let bound = (3 / Float(9 * inputs)).squareRoot()
      var made = Convolution(
        weight: Tensor(shape: [outputs, inputs, 3, 3], floats: random.floats(outputs * inputs * 9, in: -bound...bound)),
        bias: number(0...3) == 0 ? nil : Tensor(shape: [outputs], floats: random.floats(outputs)))
      if number(0...3) == 0 { made.dilation = (number(1...3), number(1...3)) }
      made.padding = Padding(top: number(0...3), bottom: number(0...3), left: number(0...3), right: number(0...3))
      addsMap = number(0...1) == 0
      made.postOperations = [random.straightActivation(channels: outputs), addsMap ? .add(inputIndex: 1) : nil, random.straightActivation(channels: outputs)]
        .compactMap { $0 }
      convolution = made
      let shape = FeatureShape(height: number(1...14) + 2 * made.dilation.vertical, width: number(1...40) + 2 * made.dilation.horizontal, channels: inputs)
      input = TypedShape(shape: shape, format: .bfloat16)
      output = TypedShape(
        shape: FeatureShape(
          height: shape.height + made.padding.top + made.padding.bottom - 2 * made.dilation.vertical,
          width: shape.width + made.padding.left + made.padding.right - 2 * made.dilation.horizontal, channels: outputs),
        format: number(0...2) == 0 ? .float32 : .bfloat16)
      values = random.floats(shape.count).map { ElementFormat.bfloat16.rounded($0) }
      added = random.floats(output.shape.count).map { ElementFormat.bfloat16.rounded($0) }
    }

    /// What nine products a place give.
    func expected() throws -> [Float] {
      var builder = GraphBuilder()
      var inputs = [builder.input(input.shape)]
      if addsMap { inputs.append(builder.input(output.shape)) }
      builder.output(try builder.add(.convolution(convolution), name: "convolution", inputs: inputs), name: "output")
      return try #require(ReferenceInterpreter(graph: builder.build()).run(inputs: addsMap ? [values, added] : [values])["output"])
    }

    /// What the tiles give, the added map elsewhere or in the output's place; nil where something behind the output was written.
    func found(threads: Int = 1, isInPlace: Bool = false) throws -> [Float]? {
      let store = ConstantStore()
      let count = output.shape.count * output.format.byteCount
      let written = store.allocate(count + 16, of: UInt8.self)
      for index in 0..<count + 16 { written[index] = 0xA5 }
      func halves(_ values: [Float]) -> [UInt16] { values.map { UInt16($0.bitPattern >> 16) } }
      if isInPlace { UnsafeMutableRawPointer(written).copyMemory(from: store.copy(halves(added)), byteCount: count) }
      let beside = isInPlace ? UnsafeRawPointer(written) : UnsafeRawPointer(store.copy(halves(added)))
      let made = try #require(WordWinogradConvolution(convolution, from: input, to: output, adding: addsMap ? .bfloat16 : nil))
      var arguments = made.arguments(
        from: SegTypedMap(store.copy(halves(values)), input), to: SegTypedMap(written, output),
        adding: addsMap ? SegTypedMap(beside, TypedShape(shape: output.shape, format: .bfloat16)) : nil, threads: threads, store)
      let scratch = threads * arguments.share_bytes
      arguments.scratch = store.allocate(scratch, of: UInt8.self)
      // Whatever was in the scratch before must not matter: these are no numbers, as halves and as floats.
      for index in 0..<scratch { arguments.scratch[index] = 0xFF }
      seg_run_rows(seg_word_winograd, &arguments, Int32(threads), Int32(threads))
      guard (count..<count + 16).allSatisfy({ written[$0] == 0xA5 }) else { return nil }
      let bytes = UnsafeRawPointer(written)
      return (0..<output.shape.count).map { index in
        output.format == .float32
          ? bytes.loadUnaligned(fromByteOffset: 4 * index, as: Float.self)
          : Float(bitPattern: UInt32(bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)) << 16)
      }
    }

    /// The largest difference and the mean one, relative to the largest value and to the mean one.
    func differences(_ found: [Float]) throws -> (greatest: Float, mean: Float) {
      let wanted = try expected()
      let (scale, usual) = (max(1, wanted.map(abs).max() ?? 1), max(0.1, wanted.map(abs).reduce(0, +) / Float(wanted.count)))
      let errors = zip(found, wanted).map { $0.isNaN ? .infinity : abs($0 - $1) }
      return ((errors.max() ?? 0) / scale, errors.reduce(0, +) / Float(errors.count) / usual)
    }
  }

  @Test("results are those of nine products in floats, whatever the shape, the formats and what follows", arguments: UInt64(0)..<300)
  func near(seed: UInt64) throws {
    let trial = Trial(seed: seed)
    let found = try #require(try trial.found(), "seed \(seed): the kernel wrote beyond the output")
    let (greatest, mean) = try trial.differences(found)
    #expect(greatest < 0.04 && mean < 0.02, "seed \(seed): \(greatest), \(mean), \(trial.input) to \(trial.output)")
    if trial.addsMap, trial.output.format == .bfloat16 { #expect(try trial.found(isInPlace: true) == found, "seed \(seed): in place") }
  }

  @Test("any number of threads gives the same bits", arguments: [2, 3, 7])
  func threads(count: Int) throws {
    for seed in UInt64(0)..<40 { #expect(try Trial(seed: seed).found(threads: count) == Trial(seed: seed).found(), "seed \(seed)") }
  }

  @Test("sums of many channels are as exact as of few", arguments: [300, 700])
  func exactness(channels: Int) throws {
    let trial = Trial(seed: UInt64(channels), inputs: channels)
    let (greatest, mean) = try trial.differences(try #require(try trial.found()))
    #expect(greatest < 0.04 && mean < 0.02, "\(greatest), \(mean)")
  }

  @Test("an executable uses tiles for bfloat16 where they are faster, with the same bits on one and two threads")
  func executable() throws {
    var graph = RandomGraph(seed: 3)
    let input = graph.input(37, 50, 32)
    let first = try graph.activation(.relu, try graph.convolution(input, to: 48, kernel: (3, 3), padding: Padding(1), hasBias: true))
    let sum = try graph.add(try graph.convolution(first, to: 48, kernel: (3, 3), padding: Padding(2), dilation: 2), first, activation: .relu)
    graph.builder.output(try graph.convolution(sum, to: 20, kernel: (1, 1)), name: "output")
    let built = graph.builder.build()
    var random = RandomNumbers(seed: 5)
    let values = random.floats(built.shape(of: built.inputs[0]).count)
    let exact = try #require(ReferenceInterpreter(graph: built).run(inputs: [values])["output"])
    let results = try [1, 2].map { threads -> [Float] in
      let executable = try Executable(graph: built, threads: threads, precision: PrecisionPlan(.bfloat16, fallback: .bfloat16), kernels: [.narrow, .tiles])
      #expect(executable.steps.count { $0.kind == "winograd bf16" } >= 1)
      executable.withInput(0) { _ = $0.update(fromContentsOf: values) }
      for _ in 0..<2 { executable.run() }
      return executable.withOutput("output") { found, _ in Array(found) }
    }
    #expect(results[0] == results[1])
    let scale = exact.map(abs).max() ?? 1
    #expect(zip(results[0], exact).allSatisfy { abs($0 - $1) < 0.03 * scale })
  }
}
