import CSegKernels
import SegGraph
import SegTestSupport
import Testing

@testable import SegRuntime

/// Means and interpolations of bytes against plain code.
@Suite struct ByteResamplingTests {
  private func map(_ shape: FeatureShape, _ format: ElementFormat, _ bytes: [UInt8], _ constants: ConstantStore) -> SegTypedMap {
    SegTypedMap(UnsafeMutablePointer(mutating: constants.copy(bytes)), TypedShape(shape: shape, format: format))
  }

  private func bytes(of map: SegTypedMap, count: Int) -> [UInt8] { Array(UnsafeRawBufferPointer(start: map.data, count: count)) }

  /// Whether a byte is a number in units of the format's scale, rounded, as far as floats can tell.
  private func isRounded(_ byte: UInt8, _ value: Double, _ format: ElementFormat) -> Bool {
    let limits: ClosedRange<Double> = if case .signed8 = format { -128...127 } else { 0...255 }
    func stored(_ value: Double) -> Double { min(max(value.rounded(.toNearestOrEven), limits.lowerBound), limits.upperBound) }
    return (stored(value - 1e-3)...stored(value + 1e-3)).contains(Double(format.number(byte)))
  }

  @Test("means of regions, also of more columns than sums of two bytes hold", arguments: [(3, 600, 64), (2, 257, 70), (1, 900, 130), (5, 7, 200), (4, 258, 3)])
  func means(height: Int, width: Int, channels: Int) {
    for seed in UInt64(0)..<4 {
      var random = RandomNumbers(seed: seed)
      let (constants, input, output) = (ConstantStore(), random.byteFormat(), random.byteFormat())
      let shape = FeatureShape(height: height, width: width, channels: channels)
      // The greatest sums there can be as well.
      let greatest: UInt8 = if case .signed8 = input { 0x80 } else { 0xFF }
      let numbers = seed == 0 ? [UInt8](repeating: greatest, count: shape.count) : random.map(of: input, count: shape.count)
      let regions = (0..<2).map { SegRange(begin: Int32($0 * width / 3), end: Int32(width - (1 - $0) * width / 5)) }
      let made = map(FeatureShape(height: 1, width: 2, channels: channels), output, [UInt8](repeating: 0, count: 2 * channels), constants)
      var work = SegAverage(
        input: map(shape, input, numbers, constants), output: made, rows: constants.copy([SegRange(begin: 0, end: Int32(height))]),
        columns: constants.copy(regions))
      seg_average(&work, 0, 2 * Int32(channels.dividedUp(by: Int(SEG_AVERAGE_CHANNELS))))
      let found = bytes(of: made, count: 2 * channels)
      for (place, region) in regions.enumerated() {
        for channel in 0..<channels {
          var sum = 0
          for row in 0..<height { for column in region.begin..<region.end { sum += input.number(numbers[(row * width + Int(column)) * channels + channel]) } }
          let mean = Double(sum) / Double(height * Int(region.end - region.begin)) * Double(input.scale) / Double(output.scale)
          #expect(isRounded(found[place * channels + channel], mean, output), "seed \(seed), region \(place), channel \(channel)")
        }
      }
    }
  }

  @Test("pictures in other sizes, of few and of many channels", arguments: [1, 2, 3, 4, 5, 20], [false, true])
  func sizes(channels: Int, alignCorners: Bool) {
    for (seed, (from, to)) in [((9, 700), (5, 350)), ((5, 9), (11, 21)), ((8, 16), (4, 5)), ((1, 1), (2, 3)), ((6, 600), (6, 600))].enumerated() {
      var random = RandomNumbers(seed: UInt64(seed))
      let (constants, input, output) = (ConstantStore(), random.byteFormat(), random.byteFormat())
      let (shape, made) = (FeatureShape(height: from.0, width: from.1, channels: channels), FeatureShape(height: to.0, width: to.1, channels: channels))
      let numbers = random.map(of: input, count: shape.count)
      func taps(_ count: Int, _ source: Int) -> UnsafeMutablePointer<SegTap> {
        let made = constants.allocate(count, of: SegTap.self)
        seg_resize_taps(made, Int32(count), Int32(source), alignCorners ? 1 : 0)
        return made
      }
      let (rows, columns) = (taps(to.0, from.0), taps(to.1, from.1))
      let target = map(made, output, [UInt8](repeating: 0, count: made.count), constants)
      var work = SegResize(input: map(shape, input, numbers, constants), output: target, rows: rows, columns: columns)
      seg_resize(&work, 0, Int32(to.0))
      let found = bytes(of: target, count: made.count)
      var wrong = 0
      for row in 0..<to.0 {
        for column in 0..<to.1 {
          let (vertical, horizontal) = (rows[row], columns[column])
          for channel in 0..<channels {
            func number(_ y: Int32, _ x: Int32) -> Double { Double(input.number(numbers[(Int(y) * from.1 + Int(x)) * channels + channel])) }
            func between(_ y: Int32) -> Double {
              number(y, horizontal.first) * Double(1 - horizontal.weight) + number(y, horizontal.second) * Double(horizontal.weight)
            }
            let value = between(vertical.first) * Double(1 - vertical.weight) + between(vertical.second) * Double(vertical.weight)
            if !isRounded(found[(row * to.1 + column) * channels + channel], value * Double(input.scale / output.scale), output) { wrong += 1 }
          }
        }
      }
      #expect(wrong == 0, "\(from) to \(to): \(wrong) of \(made.count) wrong")
    }
  }
}
