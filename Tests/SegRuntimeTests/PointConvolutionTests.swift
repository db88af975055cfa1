import CSegKernels
import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegRuntime

/// 1x1 convolutions of bytes.
@Suite(.enabled(if: PointConvolution.isAvailable, "the processor has no wide products of bytes")) struct PointConvolutionTests {
  private func trial(seed: UInt64) -> MapTrial {
    var random = RandomNumbers(seed: seed)
    func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    // A kilobyte between pixels is copied, as strides are.
    let isDeep = number(0...9) == 0
    let (inputs, outputs) = (isDeep ? 1024 : number(1...160), [32 * number(1...4), 16 * number(1...9), number(1...150)][number(0...2)])
    let stride = number(0...2) == 0 ? (number(1...3), number(1...3)) : (1, 1)
    let height = isDeep ? 3 : number(1...24), width = max(number(1...60), 56 / height + 1)
    let size = ((height - 1) * stride.0 + 1 + number(0...stride.0 - 1), (width - 1) * stride.1 + 1 + number(0...stride.1 - 1))
    return MapTrial(DrawnConvolution(to: outputs, from: inputs, kernel: (1, 1), size: size, canAdd: true, &random) { $0.stride = stride })
  }

  private func bytes(_ trial: MapTrial, threads: Int = 1, blockPlaces: Int? = nil) throws -> [UInt8]? {
    try trial.bytesAdding { source, target, added, memory, constants in
      let made = try #require(PointConvolution(trial.drawn.convolution, from: trial.drawn.input, to: trial.drawn.output, adding: trial.drawn.added))
      var arguments = made.arguments(from: source, to: target, adding: added, threads: threads, constants)
      if let blockPlaces {
        arguments.block_places = Int32(blockPlaces)
        arguments.share_bytes = seg_point_share_bytes(&arguments)
      }
      arguments.scratch = memory.copy([UInt8](repeating: 0xFF, count: Int(arguments.shares) * arguments.share_bytes))
      seg_run_rows(seg_point_convolution, &arguments, arguments.shares, Int32(threads))
    }
  }

  @Test("results are the exact ones, rounded, whatever the shape, the formats and what follows", arguments: UInt64(0)..<300)
  func exact(seed: UInt64) throws {
    let trial = trial(seed: seed)
    let wrong = trial.drawn.wrongCount(try #require(try bytes(trial), "seed \(seed): something else was written"))
    #expect(wrong == 0, "seed \(seed): \(wrong) of \(trial.drawn.output.shape.count) wrong, \(trial.drawn.input) to \(trial.drawn.output)")
  }

  @Test("gaps between pixels, the number of threads, the size of blocks, and adding in place change nothing", arguments: UInt64(0)..<100)
  func same(seed: UInt64) throws {
    var trial = trial(seed: seed &+ 1000)
    let dense = try bytes(trial)
    for threads in [2, 3] { #expect(try bytes(trial, threads: threads) == dense, "seed \(seed): \(threads) threads") }
    for places in [8, 16, 40] { #expect(try bytes(trial, threads: 2, blockPlaces: places) == dense, "seed \(seed): blocks of \(places)") }
    var random = RandomNumbers(seed: seed)
    func gap() -> Int { Int.random(in: 0...40, using: &random) }
    trial.gaps = (gap(), gap(), gap())
    #expect(try bytes(trial) == dense, "seed \(seed): gaps \(trial.gaps)")
    if trial.drawn.added != nil {
      trial.isInPlace = true
      for threads in [1, 3] { #expect(try bytes(trial, threads: threads, blockPlaces: 16) == dense, "seed \(seed): in place, \(threads) threads") }
    }
  }

  @Test("nothing is read or written beyond maps and what may be read behind them, nor beyond the scratch")
  func bounds() async {
    await #expect(processExitsWith: .success) {
      for seed in UInt64(0)..<150 {
        var trial = PointConvolutionTests().trial(seed: seed &+ 2000)
        trial.isGuarded = true
        trial.gaps.input = seed % 3 == 0 ? Int(seed % 7) : 0
        _ = try PointConvolutionTests().bytes(trial, threads: 1 + Int(seed) % 3)
      }
    }
  }

  @Test("it is chosen where enough output channels are made of a pixel that is copied")
  func choice() {
    func isChosen(_ inputs: Int, _ outputs: Int, isSigned: Bool = false, side: Int = 32, _ change: (inout Convolution) -> Void = { _ in }) -> Bool? {
      var convolution = Convolution(weight: Tensor(shape: [outputs, inputs, 1, 1], floats: [Float](repeating: 1, count: outputs * inputs)))
      change(&convolution)
      let map = FeatureShape(height: side, width: side, channels: inputs)
      let output = TypedShape(shape: convolution.resultShape(over: map), format: .unsigned8(scale: 0.1))
      let input = TypedShape(shape: map, format: isSigned ? .signed8(scale: 0.1) : .unsigned8(scale: 0.1))
      return PointConvolution(convolution, from: input, to: output, adding: nil)?.isFaster(than: nil)
    }
    #expect(isChosen(64, 256) == true && isChosen(18, 270) == true && isChosen(64, 32) == true && isChosen(64, 64, isSigned: true) == true)
    #expect(isChosen(64, 16) == true && isChosen(64, 48) == true && isChosen(128, 32, isSigned: true) == true)
    #expect(isChosen(64, 32) { $0.stride = (2, 2) } == false && isChosen(64, 64) { $0.stride = (2, 2) } == true)
    #expect(isChosen(64, 64, side: 6) == nil && isChosen(64, 64) { $0.padding = Padding(1) } == nil)
    #expect(isChosen(64, 64) { ($0.groups, $0.weight) = (2, Tensor(shape: [64, 32, 1, 1], floats: [Float](repeating: 1, count: 2048))) } == nil)
    // A sum could exceed four bytes.
    #expect(isChosen(64, 64) { $0.weight = Tensor(shape: [64, 64, 1, 1], floats: [Float](repeating: 1e9, count: 4096)) } == nil)
  }
}
