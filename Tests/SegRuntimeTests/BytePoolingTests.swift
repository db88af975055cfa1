import CSegKernels
import SegTestSupport
import Testing

/// Pools with taps, and the unpooling and the interleaves that undo them, on maps whose channels fill vectors or do not, against plain loops.
@Suite struct BytePoolingTests {
  private static let channels = [3, 16, 32, 48, 64, 80, 100]

  /// A map of bytes with memory of its own, of which kernels may read some more.
  private final class Map {
    let memory: UnsafeMutableBufferPointer<UInt8>
    let height, width, channels, stride: Int
    let isSigned: Bool
    var scale: Float = 0.25

    init(_ height: Int, _ width: Int, _ channels: Int, gap: Int = 0, isSigned: Bool) {
      (self.height, self.width, self.channels, stride, self.isSigned) = (height, width, channels, channels + gap, isSigned)
      memory = .allocate(capacity: height * width * stride + Int(SEG_READABLE_BEYOND))
      memory.initialize(repeating: 0xA5)
    }

    deinit { memory.deallocate() }

    func fill(_ random: inout RandomNumbers, few: Bool) {
      for index in memory.indices { memory[index] = few ? UInt8.random(in: 126...130, using: &random) : UInt8.random(in: 0...255, using: &random) }
    }

    func place(_ row: Int, _ column: Int, _ channel: Int) -> Int { (row * width + column) * stride + channel }

    func number(_ row: Int, _ column: Int, _ channel: Int) -> Int {
      let byte = memory[place(row, column, channel)]
      return isSigned ? Int(Int8(bitPattern: byte)) : Int(byte)
    }

    var typed: SegTypedMap {
      SegTypedMap(
        data: memory.baseAddress, height: Int32(height), width: Int32(width), channels: Int32(channels), pixel_stride: Int32(stride),
        format: isSigned ? SEG_SIGNED8 : SEG_UNSIGNED8, scale: scale)
    }
  }

  /// Runs a kernel over rows in two shares, as two threads would.
  private func run<Arguments>(_ kernel: SegRowKernel, _ arguments: Arguments, rows: Int) {
    withUnsafePointer(to: arguments) {
      kernel($0, 0, Int32(rows / 2))
      kernel($0, Int32(rows / 2), Int32(rows))
    }
  }

  @Test("the greatest of windows and the first place that has it", arguments: Self.channels, [(2, 2, 0), (3, 2, 1), (3, 1, 1), (2, 3, 0)])
  func pools(channels: Int, window: (kernel: Int, stride: Int, padding: Int)) {
    for (seed, (height, width)) in [(8, 16), (7, 9), (3, 33), (2, 3), (6, 71)].enumerated() {
      var random = RandomNumbers(seed: UInt64(seed))
      let input = Map(height, width, channels, gap: seed % 3, isSigned: seed % 2 == 0)
      input.fill(&random, few: seed < 3)
      let made = { (length: Int) in (length + 2 * window.padding - window.kernel) / window.stride + 1 }
      if made(height) < 1 || made(width) < 1 { continue }
      let output = Map(made(height), made(width), channels, gap: seed % 4, isSigned: input.isSigned)
      var (wanted, wantedTaps) = (Array(output.memory), [UInt8](repeating: 0xA5, count: output.height * output.width * channels + 1))
      var taps = wantedTaps
      for row in 0..<output.height {
        for column in 0..<output.width {
          for channel in 0..<channels {
            var best: (number: Int, byte: UInt8, tap: Int)?
            for r in 0..<window.kernel {
              for c in 0..<window.kernel {
                let (y, x) = (row * window.stride - window.padding + r, column * window.stride - window.padding + c)
                guard 0..<height ~= y, 0..<width ~= x, input.number(y, x, channel) > best?.number ?? .min else { continue }
                best = (input.number(y, x, channel), input.memory[input.place(y, x, channel)], r * window.kernel + c)
              }
            }
            wanted[output.place(row, column, channel)] = best?.byte ?? 0
            wantedTaps[(row * output.width + column) * channels + channel] = UInt8(best?.tap ?? 0)
          }
        }
      }
      let shape = SegWindow(
        kernel_height: Int32(window.kernel), kernel_width: Int32(window.kernel), stride_vertical: Int32(window.stride),
        stride_horizontal: Int32(window.stride), padding_top: Int32(window.padding), padding_left: Int32(window.padding))
      let (from, to) = (input.typed, output.typed)
      taps.withUnsafeMutableBufferPointer { taps in
        run(seg_max_pool, SegMaxPool(input: from, output: to, taps: taps.baseAddress, window: shape), rows: Int(to.height))
      }
      #expect(Array(output.memory) == wanted && taps == wantedTaps, "seed \(seed), \(height)x\(width)")
      taps = [UInt8](repeating: 0xA5, count: taps.count)
      run(seg_max_pool, SegMaxPool(input: from, output: to, taps: nil, window: shape), rows: Int(to.height))
      #expect(Array(output.memory) == wanted, "seed \(seed), \(height)x\(width), without taps")
    }
  }

  @Test("blocks are spread, what was pooled is added where it came from, and the sum is activated", arguments: Self.channels, UInt64(0)..<12)
  func spreads(channels: Int, seed: UInt64) {
    var random = RandomNumbers(seed: seed)
    func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    let (block, height, width) = (number(2...3), number(1...4), number(1...20))
    let (top, left) = number(0...2) > 0 ? (0, 0) : (number(0...block - 1), number(0...block - 1))
    let input = Map(height, width * block * block, channels, gap: number(0...1) * 3, isSigned: number(0...1) == 0)
    input.fill(&random, few: false)
    (input.scale, input.memory[0]) = (0.021, 0x80)
    let output = Map(height * block - top - number(0...1), width * block - left - number(0...1), channels, gap: number(0...1) * 5, isSigned: number(0...1) == 0)
    output.scale = [0.034, 0.0007][number(0...1)]
    // A pool leaves out the last row and column of an odd size.
    let pooled = Map(max(1, output.height / block), max(1, output.width / block), channels, gap: number(0...1), isSigned: number(0...1) == 0)
    pooled.fill(&random, few: false)
    pooled.scale = 0.017
    let taps = (0..<pooled.height * pooled.width * channels + 64).map { _ in UInt8.random(in: 0..<UInt8(block * block), using: &random) }
    let slopes = random.floats(channels + 16, in: -0.3...0.5)
    let upper: Float = number(0...1) == 0 ? .infinity : 2
    var wanted = Array(output.memory)
    for row in 0..<output.height {
      for column in 0..<output.width {
        let (u, v) = (row + top, column + left)
        for channel in 0..<channels {
          var x = Float(input.number(u / block, v / block * block * block + u % block * block + v % block, channel)) * input.scale
          let (r, c) = (row / block, column / block)
          if r < pooled.height, c < pooled.width, Int(taps[(r * pooled.width + c) * channels + channel]) == row % block * block + column % block {
            x += Float(pooled.number(r, c, channel)) * pooled.scale
          }
          x = (x > 0 ? min(x, upper) : x * slopes[channel]) * (1 / output.scale)
          let (lowest, highest): (Float, Float) = output.isSigned ? (-128, 127) : (0, 255)
          wanted[output.place(row, column, channel)] = UInt8(truncatingIfNeeded: Int(max(lowest, min(highest, x)).rounded(.toNearestOrEven)))
        }
      }
    }
    let (from, to, beside) = (input.typed, output.typed, pooled.typed)
    taps.withUnsafeBufferPointer { taps in
      slopes.withUnsafeBufferPointer { slopes in
        run(
          seg_interleave,
          SegInterleave(
            input: from, output: to, pooled: beside, taps: taps.baseAddress, block: Int32(block), top: Int32(top), left: Int32(left),
            activation: SegActivation(slopes: slopes.baseAddress, upper: upper, function: 0)), rows: output.height)
      }
    }
    #expect(Array(output.memory) == wanted, "seed \(seed), \(channels) channels, blocks of \(block)")
  }

  @Test("maxima go back to where they came from, the last of several stays", arguments: Self.channels, [(2, 2, 0), (3, 2, 1), (3, 1, 1), (2, 3, 0), (5, 2, 2)])
  func unpools(channels: Int, window: (kernel: Int, stride: Int, padding: Int)) {
    for (seed, (height, width)) in [(8, 32), (7, 9), (3, 47), (2, 3), (6, 71)].enumerated() {
      var random = RandomNumbers(seed: UInt64(seed))
      let (format, size) = [(SEG_SIGNED8, 1), (SEG_FLOAT32, 4), (SEG_BFLOAT16, 2), (SEG_UNSIGNED8, 1), (SEG_UNSIGNED8, 1)][seed]
      let made = { (length: Int) in (length + 2 * window.padding - window.kernel) / window.stride + 1 }
      if made(height) < 1 || made(width) < 1 { continue }
      let (input, output) = (
        Map(made(height), made(width), channels * size, gap: seed % 3 * size, isSigned: false),
        Map(height, width, channels * size, gap: seed % 2 * size, isSigned: false)
      )
      input.fill(&random, few: false)
      var (wanted, taps) = (Array(output.memory), [UInt8](repeating: 0, count: input.height * input.width * channels + Int(SEG_READABLE_BEYOND)))
      for row in 0..<height { for column in 0..<width { for byte in 0..<channels * size { wanted[output.place(row, column, byte)] = 0 } } }
      for row in 0..<input.height {
        for column in 0..<input.width {
          let (top, left) = (row * window.stride - window.padding, column * window.stride - window.padding)
          for channel in 0..<channels {
            let (r, c) = (
              Int.random(in: max(0, -top)..<min(window.kernel, height - top), using: &random),
              Int.random(in: max(0, -left)..<min(window.kernel, width - left), using: &random)
            )
            taps[(row * input.width + column) * channels + channel] = UInt8(r * window.kernel + c)
            for byte in channel * size..<(channel + 1) * size {
              wanted[output.place(top + r, left + c, byte)] = input.memory[input.place(row, column, byte)]
            }
          }
        }
      }
      func elements(_ map: Map) -> SegTypedMap {
        var typed = map.typed
        (typed.channels, typed.pixel_stride, typed.format) = (Int32(channels), typed.pixel_stride / Int32(size), format)
        return typed
      }
      let shape = SegWindow(
        kernel_height: Int32(window.kernel), kernel_width: Int32(window.kernel), stride_vertical: Int32(window.stride),
        stride_horizontal: Int32(window.stride), padding_top: Int32(window.padding), padding_left: Int32(window.padding))
      taps.withUnsafeBufferPointer { taps in
        run(seg_max_unpool, SegMaxUnpool(input: elements(input), output: elements(output), taps: taps.baseAddress, window: shape), rows: height)
      }
      #expect(Array(output.memory) == wanted, "seed \(seed), \(height)x\(width)")
    }
  }
}
