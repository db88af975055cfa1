import CSegKernels
import Foundation
import SegTestSupport
import Testing

/// Kernels on maps of few channels, in every format, against plain loops; places beside what they write keep what they held.
@Suite struct FewChannelTests {
  private static let formats = [SEG_FLOAT32, SEG_BFLOAT16, SEG_SIGNED8, SEG_UNSIGNED8]
  private static let untouched: UInt8 = 0xA5

  /// A map with memory of its own, of which kernels may read some more.
  private struct Map {
    var memory: [UInt8]
    let height, width, channels, stride: Int
    let format: SegFormat
    let scale: Float

    init(_ height: Int, _ width: Int, _ channels: Int, stride: Int? = nil, _ format: SegFormat, scale: Float = 0.25) {
      (self.height, self.width, self.channels, self.stride, self.format) = (height, width, channels, stride ?? channels, format)
      self.scale = format == SEG_FLOAT32 || format == SEG_BFLOAT16 ? 1 : scale
      memory = [UInt8](repeating: untouched, count: height * width * self.stride * 4 + Int(SEG_READABLE_BEYOND))
    }

    private var size: Int { format == SEG_FLOAT32 ? 4 : format == SEG_BFLOAT16 ? 2 : 1 }

    private func offset(_ row: Int, _ column: Int, _ channel: Int) -> Int { ((row * width + column) * stride + channel) * size }

    subscript(row: Int, column: Int, channel: Int) -> Float {
      get {
        let at = offset(row, column, channel)
        return memory.withUnsafeBytes { bytes in
          switch format {
          case SEG_FLOAT32: bytes.loadUnaligned(fromByteOffset: at, as: Float.self)
          case SEG_BFLOAT16: Float(bitPattern: UInt32(bytes.loadUnaligned(fromByteOffset: at, as: UInt16.self)) << 16)
          case SEG_SIGNED8: Float(Int8(bitPattern: bytes[at])) * scale
          default: Float(bytes[at]) * scale
          }
        }
      }
      set {
        let at = offset(row, column, channel)
        memory.withUnsafeMutableBytes { bytes in
          switch format {
          case SEG_FLOAT32: bytes.storeBytes(of: newValue, toByteOffset: at, as: Float.self)
          case SEG_BFLOAT16:
            let bits = newValue.bitPattern
            bytes.storeBytes(of: UInt16(truncatingIfNeeded: (bits + 0x7FFF + (bits >> 16 & 1)) >> 16), toByteOffset: at, as: UInt16.self)
          case SEG_SIGNED8: bytes[at] = UInt8(bitPattern: Int8(max(-128, min(127, (newValue / scale).rounded(.toNearestOrEven)))))
          default: bytes[at] = UInt8(max(0, min(255, (newValue / scale).rounded(.toNearestOrEven))))
          }
        }
      }
    }

    /// Random numbers that the format has.
    mutating func fill(_ random: inout RandomNumbers) {
      for row in 0..<height { for column in 0..<width { for channel in 0..<channels { self[row, column, channel] = random.floats(1, in: -40...70)[0] } } }
    }

    /// Calls `body` with the map in the kernels' form; its channels start at `first`.
    mutating func withTyped(first: Int = 0, channels: Int? = nil, _ body: (SegTypedMap) -> Void) {
      let (height, width, stride, format, scale, size, count) = (height, width, stride, format, scale, size, channels ?? self.channels)
      memory.withUnsafeMutableBytes { bytes in
        body(
          SegTypedMap(
            data: bytes.baseAddress.map { $0 + first * size }, height: Int32(height), width: Int32(width), channels: Int32(count),
            pixel_stride: Int32(stride), format: format, scale: scale))
      }
    }
  }

  /// Runs a kernel over rows in two shares, as two threads would.
  private func run<Arguments>(_ kernel: SegRowKernel, _ arguments: Arguments, rows: Int) {
    withUnsafePointer(to: arguments) {
      kernel($0, 0, Int32(rows / 2))
      kernel($0, Int32(rows / 2), Int32(rows))
    }
  }

  @Test("the greatest of windows", arguments: Self.formats, [(3, 2, 1), (2, 2, 0), (3, 1, 1), (5, 3, 2), (1, 1, 0), (4, 2, 2)])
  func pools(format: SegFormat, window: (kernel: Int, stride: Int, padding: Int)) {
    for channels in 1...20 {
      var random = RandomNumbers(seed: UInt64(channels))
      for (height, width) in [(7, 9), (5, 33), (4, 701)] {
        let made = { (length: Int) in (length + 2 * window.padding - window.kernel) / window.stride + 1 }
        var input = Map(height, width, channels, format)
        input.fill(&random)
        for (place, stride) in [(0, channels), (2, channels + 3)] {
          var (output, wanted) = (
            Map(made(height), made(width), channels, stride: stride, format), Map(made(height), made(width), channels, stride: stride, format)
          )
          for row in 0..<output.height {
            for column in 0..<output.width {
              for channel in 0..<channels {
                var greatest = -Float.infinity
                for r in max(0, row * window.stride - window.padding)..<min(height, row * window.stride - window.padding + window.kernel) {
                  for c in max(0, column * window.stride - window.padding)..<min(width, column * window.stride - window.padding + window.kernel) {
                    greatest = max(greatest, input[r, c, channel])
                  }
                }
                wanted[row, column, place + channel] = greatest
              }
            }
          }
          let shape = SegWindow(
            kernel_height: Int32(window.kernel), kernel_width: Int32(window.kernel), stride_vertical: Int32(window.stride),
            stride_horizontal: Int32(window.stride), padding_top: Int32(window.padding), padding_left: Int32(window.padding))
          input.withTyped { from in
            output.withTyped(first: place) { to in run(seg_max_pool, SegMaxPool(input: from, output: to, taps: nil, window: shape), rows: Int(to.height)) }
          }
          #expect(output.memory == wanted.memory, "\(channels) channels, \(height)x\(width), pixel stride \(stride)")
        }
      }
    }
  }

  @Test("factors, summands and slopes for each channel", arguments: Self.formats, Self.formats)
  func scalesAndShifts(from: SegFormat, to: SegFormat) {
    for channels in 1...40 {
      var random = RandomNumbers(seed: UInt64(channels))
      let constants = (0..<3).map { _ in random.floats(channels + 16, in: 0.2...1.5) }
      for (height, width) in [(3, 1), (2, 17), (3, 48)] {
        var input = Map(height, width, channels, from)
        input.fill(&random)
        for (place, stride, hasFactors, hasSlopes) in [
          (0, channels, true, true), (2, channels + 5, true, true), (1, channels + 1, false, true), (0, channels, true, false),
        ] {
          var (output, wanted) = (Map(height, width, channels, stride: stride, to, scale: 0.5), Map(height, width, channels, stride: stride, to, scale: 0.5))
          for row in 0..<height {
            for column in 0..<width {
              for channel in 0..<channels {
                var x = input[row, column, channel]
                if hasFactors { x = (x * constants[0][channel]).addingProduct(1, constants[1][channel]) }
                if hasSlopes { x = x > 0 ? min(x, 30) : x * constants[2][channel] }
                wanted[row, column, place + channel] = x
              }
            }
          }
          constants[0].withUnsafeBufferPointer { scale in
            constants[1].withUnsafeBufferPointer { shift in
              constants[2].withUnsafeBufferPointer { slopes in
                let activation = SegActivation(slopes: hasSlopes ? slopes.baseAddress : nil, upper: 30, function: 0)
                input.withTyped { source in
                  output.withTyped(first: place) { target in
                    run(
                      seg_scale_shift,
                      SegScaleShift(
                        input: source, output: target, scale: hasFactors ? scale.baseAddress : nil, shift: hasFactors ? shift.baseAddress : nil,
                        activation: activation), rows: height)
                  }
                }
              }
            }
          }
          for row in 0..<height {
            for column in 0..<width {
              for channel in 0..<channels {
                // One rounding in place of two may take a number to the other side.
                let (one, other) = (output[row, column, place + channel], wanted[row, column, place + channel])
                let step = to == SEG_FLOAT32 ? 0 : to == SEG_BFLOAT16 ? abs(other) / 128 : output.scale
                #expect(abs(one - other) <= max(step, 1e-5))
                output[row, column, place + channel] = other
              }
            }
          }
          #expect(output.memory == wanted.memory, "\(channels) channels, \(height)x\(width), pixel stride \(stride)")
        }
      }
    }
  }

  @Test("copied channels and zeros after them", arguments: Self.formats)
  func copies(format: SegFormat) {
    for channels in 1...40 {
      var random = RandomNumbers(seed: UInt64(channels))
      for (place, stride, zeros) in [(0, channels, 0), (1, channels + 4, 0), (0, channels + 3, 3)] {
        var input = Map(3, 5, channels, format)
        input.fill(&random)
        var (output, wanted) = (Map(3, 5, channels + zeros, stride: stride, format), Map(3, 5, channels + zeros, stride: stride, format))
        for row in 0..<3 {
          for column in 0..<5 {
            for channel in 0..<channels + zeros { wanted[row, column, place + channel] = channel < channels ? input[row, column, channel] : 0 }
          }
        }
        input.withTyped { from in
          output.withTyped(first: place, channels: channels + zeros) { to in run(seg_copy_channels, SegChannelCopy(input: from, output: to), rows: 3) }
        }
        #expect(output.memory == wanted.memory, "\(channels) channels, pixel stride \(stride), \(zeros) zeros")
      }
    }
  }
}
