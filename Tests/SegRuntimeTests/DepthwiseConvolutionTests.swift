import CSegKernels
import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegRuntime

/// Depthwise convolutions of bytes and of bfloat16.
@Suite struct DepthwiseConvolutionTests {
  /// Those that there are kernels for here.
  private static let precisions = [Precision.int8, .bfloat16].filter { DepthwiseConvolution.isAvailable($0) }

  private func trial(_ precision: Precision, seed: UInt64) -> MapTrial {
    var random = RandomNumbers(seed: seed)
    func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    // Whole vectors, half ones, and others.
    let channels = [64 * number(1...3), 64 * number(0...2) + 32, number(1...31), number(33...200)][number(0...3)]
    let width = number(0...2) == 0 ? number(1...8) : number(9...100)
    let stride = [(1, 1), (2, 2), (number(1...3), number(1...3))][number(0...2)], dilation = number(0...3) == 0 ? (number(1...3), number(1...3)) : (1, 1)
    let padding = number(0...2) == 0 ? Padding(top: number(0...4), bottom: number(0...4), left: number(0...4), right: number(0...4)) : Padding(1)
    return MapTrial(
      DrawnConvolution(precision, to: channels, from: channels, groups: channels, kernel: (3, 3), size: (number(1...9), width), &random) {
        ($0.stride, $0.dilation, $0.padding) = (stride, dilation, padding)
      })
  }

  private func bytes(_ trial: MapTrial, threads: Int = 1) throws -> [UInt8]? {
    try trial.bytes { source, target, _, constants in
      let made = try #require(DepthwiseConvolution(trial.drawn.convolution, from: trial.drawn.input, to: trial.drawn.output, adding: nil))
      var arguments = made.arguments(from: source, to: target, constants)
      seg_run_rows(made.kernel, &arguments, Int32(trial.drawn.output.shape.height), Int32(threads))
    }
  }

  @Test("results are the exact ones, rounded, whatever the shape and the formats", arguments: precisions, UInt64(0)..<400)
  func exact(precision: Precision, seed: UInt64) throws {
    let trial = trial(precision, seed: seed)
    let wrong = trial.drawn.wrongCount(try #require(try bytes(trial), "seed \(seed): something else was written"))
    #expect(wrong == 0, "seed \(seed): \(wrong) of \(trial.drawn.output.shape.count) wrong, \(trial.drawn.input) to \(trial.drawn.output)")
  }

  @Test(
    "the largest products are summed up exactly", .enabled(if: DepthwiseConvolution.isAvailable(.int8)),
    arguments: [ElementFormat.unsigned8(scale: 0.01), .signed8(scale: 0.01)])
  func largest(format: ElementFormat) throws {
    let trial = MapTrial(DrawnConvolution.ofLargestProducts(format, to: 80, from: 80, groups: 80, kernel: (3, 3), size: (12, 40)))
    #expect(trial.drawn.wrongCount(try #require(try bytes(trial))) == 0)
  }

  @Test("pixels may lie further apart than their channels, and any number of threads gives the same", arguments: precisions, UInt64(0)..<60)
  func gapsAndThreads(precision: Precision, seed: UInt64) throws {
    var trial = trial(precision, seed: seed &+ 1000)
    let dense = try bytes(trial)
    for threads in [2, 3] { #expect(try bytes(trial, threads: threads) == dense, "seed \(seed): \(threads) threads") }
    var random = RandomNumbers(seed: seed)
    trial.gaps = (Int.random(in: 0...40, using: &random), 0, Int.random(in: 0...40, using: &random))
    #expect(try bytes(trial) == dense, "seed \(seed): gaps \(trial.gaps)")
  }

  @Test("nothing is read or written beyond maps and what may be read behind them")
  func bounds() async {
    await #expect(processExitsWith: .success) {
      for precision in DepthwiseConvolutionTests.precisions {
        for seed in UInt64(0)..<150 {
          var trial = DepthwiseConvolutionTests().trial(precision, seed: seed &+ 2000)
          trial.isGuarded = true
          trial.gaps.input = seed % 3 == 0 ? Int(seed % 7) : 0
          _ = try DepthwiseConvolutionTests().bytes(trial, threads: 1 + Int(seed) % 3)
        }
      }
    }
  }

  @Test("every channel of a vector has a number of its own")
  func numbers() {
    #expect((0..<Int(SEG_DEPTHWISE_CHANNELS)).map { seg_depthwise_channel(Int32($0)) }.sorted() == Array(0..<64))
    #expect((0..<Int(SEG_DEPTHWISE_NARROW_CHANNELS)).map { seg_narrow_depthwise_channel(Int32($0)) }.sorted() == Array(0..<32))
    #expect((0..<Int(SEG_DEPTHWISE_HALF_CHANNELS)).map { seg_half_depthwise_channel(Int32($0)) }.sorted() == Array(0..<32))
  }

  @Test("it is chosen for enough channels")
  func choice() {
    func isChosen(
      _ channels: Int, _ format: ElementFormat = .unsigned8(scale: 0.1), to result: ElementFormat? = nil, _ change: (inout Convolution) -> Void = { _ in }
    ) -> Bool? {
      var convolution = Convolution(weight: Tensor(shape: [channels, 1, 3, 3], floats: [Float](repeating: 1, count: channels * 9)))
      (convolution.groups, convolution.padding) = (channels, Padding(1))
      change(&convolution)
      let shape = FeatureShape(height: 32, width: 64, channels: channels)
      let output = TypedShape(shape: convolution.resultShape(over: shape), format: result ?? format)
      return DepthwiseConvolution(convolution, from: TypedShape(shape: shape, format: format), to: output, adding: nil)?.isFaster
    }
    for channels in [32, 48, 64, 96, 144, 192, 384, 960] { #expect(isChosen(channels) == true, "\(channels) channels") }
    #expect(isChosen(16) == NarrowRegisters.isAvailable && isChosen(8) == false && isChosen(16, .bfloat16) == true && isChosen(100, .bfloat16) == true)
    #expect(isChosen(64, .float32) == nil && isChosen(64, .bfloat16, to: .float32) == nil && isChosen(64, to: .float32) == nil)
    #expect(isChosen(64) { $0.weight = Tensor(shape: [64, 1, 5, 5], floats: [Float](repeating: 1, count: 1600)) } == nil)
    #expect(isChosen(64) { ($0.groups, $0.weight) = (32, Tensor(shape: [64, 2, 3, 3], floats: [Float](repeating: 1, count: 1152))) } == nil)
    #expect(isChosen(64) { $0.postOperations = [.activation(.sigmoid)] } == nil && isChosen(64) { $0.postOperations = [.activation(.relu6)] } == true)
    #expect(isChosen(64) { $0.weight = Tensor(shape: [64, 1, 3, 3], floats: [Float](repeating: 1e9, count: 576)) } == nil)
  }
}
