import CSegKernels
import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegRuntime

/// Convolutions of bytes with few input channels.
@Suite(.enabled(if: WindowConvolution.isAvailable, "the processor has no registers of 32 bytes")) struct WindowConvolutionTests {
  private func trial(seed: UInt64) -> MapTrial {
    var random = RandomNumbers(seed: seed)
    func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    let kernel = number(0...3) == 0 ? (7, 7) : (number(2...5), number(1...5))
    let inputs = number(1...(64 / kernel.0)), few = number(0...1) == 0 ? min(inputs, 3) : inputs
    let outputs = [number(1...16), number(17...32), 16 * number(1...9), number(33...150)][number(0...3)]
    let width = number(0...3) == 0 ? number(1...12) : number(13...120)
    let (stride, dilation) = ((number(1...3), number(1...3)), (number(1...3), 1))
    let padding = Padding(top: number(0...3), bottom: number(0...3), left: number(0...3), right: number(0...3))
    return MapTrial(
      DrawnConvolution(to: outputs, from: few, kernel: kernel, size: (number(1...9), width), &random) {
        ($0.stride, $0.dilation, $0.padding) = (stride, dilation, padding)
      })
  }

  private func bytes(_ trial: MapTrial, threads: Int = 1) throws -> [UInt8]? {
    try trial.bytes { source, target, memory, constants in
      let made = try #require(WindowConvolution(trial.drawn.convolution, from: trial.drawn.input, to: trial.drawn.output, adding: nil))
      var arguments = made.arguments(from: source, to: target, threads: threads, constants)
      arguments.scratch = memory.copy([UInt8](repeating: 0xFF, count: Int(arguments.shares) * arguments.row_bytes))
      seg_run_rows(WindowConvolution.kernel, &arguments, arguments.shares, Int32(threads))
    }
  }

  @Test("results are the exact ones, rounded, whatever the shape and the formats", arguments: UInt64(0)..<300)
  func exact(seed: UInt64) throws {
    let trial = trial(seed: seed)
    let wrong = trial.drawn.wrongCount(try #require(try bytes(trial), "seed \(seed): something else was written"))
    #expect(wrong == 0, "seed \(seed): \(wrong) of \(trial.drawn.output.shape.count) wrong, \(trial.drawn.input) to \(trial.drawn.output)")
  }

  @Test("the largest products are summed up exactly", arguments: [ElementFormat.unsigned8(scale: 0.01), .signed8(scale: 0.01)])
  func largest(format: ElementFormat) throws {
    let trial = MapTrial(DrawnConvolution.ofLargestProducts(format, to: 40, from: 3, kernel: (3, 3), size: (12, 40)))
    #expect(trial.drawn.wrongCount(try #require(try bytes(trial))) == 0)
  }

  @Test("pixels may lie further apart than their channels, and any number of threads gives the same", arguments: UInt64(0)..<60)
  func gapsAndThreads(seed: UInt64) throws {
    var trial = trial(seed: seed &+ 1000)
    let dense = try bytes(trial)
    for threads in [2, 3] { #expect(try bytes(trial, threads: threads) == dense, "seed \(seed): \(threads) threads") }
    var random = RandomNumbers(seed: seed)
    trial.gaps = (Int.random(in: 0...20, using: &random), 0, Int.random(in: 0...40, using: &random))
    #expect(try bytes(trial) == dense, "seed \(seed): gaps \(trial.gaps)")
  }

  @Test("nothing is read or written beyond maps and what may be read behind them, nor beyond the scratch")
  func bounds() async {
    await #expect(processExitsWith: .success) {
      for seed in UInt64(0)..<150 {
        var trial = WindowConvolutionTests().trial(seed: seed &+ 2000)
        trial.isGuarded = true
        trial.gaps.input = seed % 3 == 0 ? Int(seed % 7) : 0
        _ = try WindowConvolutionTests().bytes(trial, threads: 1 + Int(seed) % 3)
      }
    }
  }

  @Test("it is chosen where windows have fewer words than places with whole words")
  func choice() {
    func isChosen(_ inputs: Int, _ outputs: Int = 32, kernel: Int = 3, _ change: (inout Convolution) -> Void = { _ in }) -> Bool? {
      let shape = [outputs, inputs, kernel, kernel]
      var convolution = Convolution(weight: Tensor(shape: shape, floats: [Float](repeating: 1, count: shape.reduce(1, *))))
      (convolution.stride, convolution.padding) = ((2, 2), Padding(kernel / 2))
      change(&convolution)
      let map = FeatureShape(height: 32, width: 64, channels: inputs)
      let output = TypedShape(shape: convolution.resultShape(over: map), format: .unsigned8(scale: 0.1))
      return WindowConvolution(convolution, from: TypedShape(shape: map, format: .signed8(scale: 0.1)), to: output, adding: nil)?.isFaster(than: nil)
    }
    #expect(isChosen(3) == true && isChosen(1) == true && isChosen(3, 64, kernel: 7) == true && isChosen(5) == true)
    #expect(isChosen(4) == false && isChosen(8) == false)
    #expect(isChosen(22) == nil && isChosen(3, kernel: 1) == nil && isChosen(3) { $0.dilation = (2, 2) } == nil && isChosen(3) { $0.dilation = (2, 1) } == true)
    #expect(isChosen(4) { ($0.groups, $0.weight) = (2, Tensor(shape: [32, 2, 3, 3], floats: [Float](repeating: 1, count: 576))) } == nil)
    #expect(isChosen(3) { $0.postOperations = [.activation(.tanh)] } == nil && isChosen(3) { $0.postOperations = [.activation(.relu)] } == true)
    // Registers of 32 bytes gain where vectors of outputs are filled, and clearly fewer words remain.
    #expect(isChosen(3, 18) == !NarrowRegisters.isAvailable && isChosen(18, 32) == !NarrowRegisters.isAvailable)
    // A sum could exceed four bytes.
    #expect(isChosen(3) { $0.weight = Tensor(shape: [32, 3, 3, 3], floats: [Float](repeating: 1e9, count: 864)) } == nil)
  }

  @Test("a network begins with it, and gives what the reference gives", arguments: UInt64(0)..<3)
  func wholeNetworks(seed: UInt64) throws {
    let network = try BlockNetwork(.int8, seed: seed, channels: NarrowRegisters.isAvailable ? 16 : 18)
    let (one, two) = (try network.results(threads: 1, among: .windows), try network.results(threads: 2, among: .windows))
    #expect(one.kinds.contains("windows int8") && two.kinds == one.kinds, "seed \(seed): \(one.kinds)")
    #expect(one.values == two.values && network.agrees(one.values), "seed \(seed)")
  }
}
