import CSegKernels
import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegRuntime

/// Convolutions of bytes whose windows are copied.
@Suite(.enabled(if: GatheredConvolution.isAvailable, "the processor has no registers of 32 bytes, or wider ones")) struct GatheredConvolutionTests {
  /// Any convolution of enough pixels; one of single pixels now and then.
  private func trial(seed: UInt64) -> MapTrial {
    var random = RandomNumbers(seed: seed)
    func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    guard number(0...2) == 0 else {
      while true {
        let drawn = DrawnConvolution(.int8, &random)
        if drawn.output.shape.area >= Int(SEG_GATHERED_PLACES) { return MapTrial(drawn) }
      }
    }
    // Half a kilobyte between pixels is copied, as many signed outputs are.
    let isDeep = number(0...9) == 0
    let (inputs, outputs) = (isDeep ? 512 : number(1...160), [8 * number(1...9), 16 * number(9...12), number(1...150)][number(0...2)])
    let size = (number(1...20), number(8...60))
    return MapTrial(DrawnConvolution(to: outputs, from: inputs, kernel: (1, 1), size: size, canAdd: true, &random) { _ in })
  }

  private func made(_ trial: MapTrial) throws -> GatheredConvolution {
    try #require(GatheredConvolution(trial.drawn.convolution, from: trial.drawn.input, to: trial.drawn.output, adding: trial.drawn.added))
  }

  private func bytes(_ trial: MapTrial, threads: Int = 1, blockPlaces: Int? = nil) throws -> [UInt8]? {
    try trial.bytesAdding { source, target, added, memory, constants in
      var arguments = try made(trial).arguments(from: source, to: target, adding: added, threads: threads, constants)
      if let blockPlaces {
        arguments.block_places = Int32(blockPlaces)
        arguments.share_bytes = seg_gathered_share_bytes(&arguments)
      }
      arguments.scratch = memory.copy([UInt8](repeating: 0xFF, count: Int(arguments.shares) * arguments.share_bytes))
      seg_run_rows(seg_gathered_convolution, &arguments, arguments.shares, Int32(threads))
    }
  }

  @Test("results are the exact ones, rounded, whatever the shape, the formats and what follows", arguments: UInt64(0)..<300)
  func exact(seed: UInt64) throws {
    let trial = trial(seed: seed)
    let wrong = trial.drawn.wrongCount(try #require(try bytes(trial), "seed \(seed): something else was written"))
    #expect(wrong == 0, "seed \(seed): \(wrong) of \(trial.drawn.output.shape.count) wrong, \(trial.drawn.input) to \(trial.drawn.output)")
  }

  @Test("the largest products are summed up exactly", arguments: [ElementFormat.unsigned8(scale: 0.01), .signed8(scale: 0.01)])
  func largest(format: ElementFormat) throws {
    for (inputs, kernel) in [(64, (1, 1)), (7, (3, 3)), (1, (5, 5))] {
      let trial = MapTrial(DrawnConvolution.ofLargestProducts(format, to: 40, from: inputs, kernel: kernel, size: (12, 20)))
      #expect(trial.drawn.wrongCount(try #require(try bytes(trial))) == 0, "\(inputs) channels")
    }
  }

  @Test("words are summed up in pairs where no input makes them exceed 16 bits, and no words are lost", arguments: UInt64(0)..<60)
  func pairs(seed: UInt64) throws {
    let drawn = trial(seed: seed &+ 3000).drawn
    let made = try #require(GatheredConvolution(drawn.convolution, from: drawn.input, to: drawn.output, adding: drawn.added))
    var first = 0
    for block in made.blocks() {
      #expect(block.channels.lowerBound == first && block.order.sorted() == (0..<Int32(block.order.count)).map { $0 })
      first = block.channels.upperBound
      let size = block.weights.count / block.order.count
      for pair in 0..<block.pairs {
        for sum in stride(from: 0, to: size, by: 2) {
          // Two bytes of each word are summed up in the same 16 bits.
          let four = [0, 1, size, size + 1].map { Int(block.weights[2 * pair * size + sum + $0]) }
          let (most, least) = (255 * four.reduce(0) { $0 + max($1, 0) }, 255 * four.reduce(0) { $0 + min($1, 0) })
          #expect(most <= Int(Int16.max) && least >= Int(Int16.min), "seed \(seed)")
        }
      }
    }
    #expect(first == drawn.output.shape.channels)
  }

  @Test("pairs of the largest sums that fit are summed up exactly", arguments: [ElementFormat.unsigned8(scale: 0.01), .signed8(scale: 0.01)])
  func largestPairs(format: ElementFormat) throws {
    // The first word has the largest weights, and the others half as many and one: two of them just fit.
    var random = RandomNumbers(seed: 9)
    let (inputs, outputs, limit) = (68, 40, Float(63))
    let weights = (0..<outputs * inputs).map { index -> Float in
      let sign: Float = index / inputs % 3 == 0 ? 1 : index / inputs % 3 == 1 ? -1 : Bool.random(using: &random) ? 1 : -1
      return sign * (index % inputs < 4 ? limit : 32)
    }
    let convolution = Convolution(weight: Tensor(shape: [outputs, inputs, 1, 1], floats: weights))
    let shape = FeatureShape(height: 9, width: 20, channels: inputs)
    let bytes = (0..<shape.count).map { _ in [0, 255, 128, 127].randomElement(using: &random)! as UInt8 }
    let drawn = DrawnConvolution(
      convolution, over: shape, from: format, to: .signed8(scale: format.scale * Float(inputs) * 48), bytes: bytes)
    let made = try #require(GatheredConvolution(drawn.convolution, from: drawn.input, to: drawn.output, adding: nil))
    #expect(made.blocks().allSatisfy { $0.pairs == (NarrowRegisters.areFused ? 0 : 8) })
    #expect(drawn.wrongCount(try #require(try self.bytes(MapTrial(drawn)))) == 0)
  }

  @Test("gaps between pixels, the number of threads, the size of blocks, and adding in place change nothing", arguments: UInt64(0)..<100)
  func same(seed: UInt64) throws {
    var trial = trial(seed: seed &+ 1000)
    let dense = try bytes(trial)
    for threads in [2, 3] { #expect(try bytes(trial, threads: threads) == dense, "seed \(seed): \(threads) threads") }
    for places in [Int(SEG_GATHERED_PLACES), 13, 30] {
      #expect(try bytes(trial, threads: 2, blockPlaces: places) == dense, "seed \(seed): blocks of \(places)")
    }
    var random = RandomNumbers(seed: seed)
    func gap() -> Int { Int.random(in: 0...40, using: &random) }
    trial.gaps = (gap(), gap(), gap())
    #expect(try bytes(trial) == dense, "seed \(seed): gaps \(trial.gaps)")
    if trial.drawn.added != nil {
      trial.isInPlace = true
      for threads in [1, 3] { #expect(try bytes(trial, threads: threads, blockPlaces: 12) == dense, "seed \(seed): in place, \(threads) threads") }
    }
  }

  @Test("nothing is read or written beyond maps and what may be read behind them, nor beyond the scratch")
  func bounds() async {
    await #expect(processExitsWith: .success) {
      for seed in UInt64(0)..<150 {
        var trial = GatheredConvolutionTests().trial(seed: seed &+ 2000)
        trial.isGuarded = true
        trial.gaps.input = seed % 3 == 0 ? Int(seed % 7) : 0
        _ = try GatheredConvolutionTests().bytes(trial, threads: 1 + Int(seed) % 3)
      }
    }
  }

  @Test("it is chosen where copying windows is worth it")
  func choice() {
    func isChosen(_ inputs: Int, _ outputs: Int, kernel: Int = 1, _ change: (inout Convolution) -> Void = { _ in }) -> Bool? {
      var convolution = Convolution(
        weight: Tensor(shape: [outputs, inputs, kernel, kernel], floats: [Float](repeating: 1, count: outputs * inputs * kernel * kernel)))
      change(&convolution)
      let map = FeatureShape(height: 32, width: 32, channels: inputs)
      let output = TypedShape(shape: convolution.resultShape(over: map), format: .unsigned8(scale: 0.1))
      return GatheredConvolution(convolution, from: TypedShape(shape: map, format: .unsigned8(scale: 0.1)), to: output, adding: nil)?.isFaster(than: nil)
    }
    #expect(isChosen(64, 256) == true && isChosen(18, 270) == true && isChosen(64, 16) == true)
    #expect(isChosen(256, 36, kernel: 3) { $0.stride = (2, 2) } == true && isChosen(16, 16, kernel: 3) == false && isChosen(16, 4) == false)
    #expect(isChosen(64, 64) { ($0.groups, $0.weight) = (2, Tensor(shape: [64, 32, 1, 1], floats: [Float](repeating: 1, count: 2048))) } == nil)
    // A sum could exceed four bytes.
    #expect(isChosen(64, 64) { $0.weight = Tensor(shape: [64, 64, 1, 1], floats: [Float](repeating: 1e9, count: 4096)) } == nil)
  }
}
