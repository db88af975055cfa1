import CSegKernels
import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegRuntime

/// How products of enlarged convolutions are kept.
@Suite struct ProductNumbersTests {
  private func convolution(outputs: Int, weight: Float = 0.1, bias: Float = 0) -> Convolution {
    Convolution(
      weight: Tensor(shape: [outputs, 10, 3, 3], floats: (0..<outputs * 90).map { $0 % 2 == 0 ? weight : -weight }),
      bias: Tensor(shape: [outputs], floats: [Float](repeating: bias, count: outputs)))
  }

  @Test("halves are for bytes that are made of bytes, and for whole vectors of channels")
  func kinds() {
    let (bytes, signed) = (ElementFormat.unsigned8(scale: 0.01), ElementFormat.signed8(scale: 0.02))
    #expect(ProductNumbers.halfUnit(of: convolution(outputs: 64), from: bytes, to: signed) == 0.02)
    #expect(ProductNumbers.halfUnit(of: convolution(outputs: 64), from: signed, to: bytes) == 0.01)
    #expect(ProductNumbers.halfUnit(of: convolution(outputs: 48), from: bytes, to: bytes) == nil)
    #expect(ProductNumbers.halfUnit(of: convolution(outputs: 64), from: bytes, to: .float32) == nil)
    #expect(ProductNumbers.halfUnit(of: convolution(outputs: 64), from: .bfloat16, to: bytes) == nil)
    #expect(ProductNumbers(convolution(outputs: 64), from: bytes, to: signed) == (ProductNumbers.hasHalves ? .halves(unit: 0.02) : .floats))
  }

  @Test("the unit grows with the largest sum there can be, and where it would be too large there are no halves")
  func unit() throws {
    let bytes = ElementFormat.unsigned8(scale: 1)
    for weight: Float in [0.001, 1, 3, 40, 100] {
      let made = convolution(outputs: 32, weight: weight, bias: 5)
      let unit = try #require(ProductNumbers.halfUnit(of: made, from: bytes, to: .signed8(scale: 0.5)))
      let most = 90 * weight * 255 * (1 + 1 / 254) + 5
      #expect(most <= 32_768 * unit && (unit == 0.5 || most > 16_384 * unit), "\(weight)")
    }
    #expect(ProductNumbers.halfUnit(of: convolution(outputs: 32, weight: 1e6), from: bytes, to: bytes) == nil)
    #expect(ProductNumbers.halfUnit(of: convolution(outputs: 32, weight: .infinity), from: bytes, to: bytes) == nil)
  }

  @Test("products as halves are those of floats, rounded", .enabled(if: ProductNumbers.hasHalves, "the processor has no halves or no tile registers"))
  func rounding() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = RandomNumbers(seed: seed)
    for (inputs, outputs, width) in [(64, 64, 17), (40, 96, 5), (200, 576, 33)] {
      let weights = Tensor(shape: [outputs, inputs, 1, 1], floats: random.floats(outputs * inputs))
      let source = TypedShape(shape: FeatureShape(height: 3, width: width, channels: inputs), format: .unsigned8(scale: 0.01))
      let made = TypedShape(shape: FeatureShape(height: 3, width: width, channels: outputs), format: .float32)
      let kernel = try #require(ProductMaker.matrix(Convolution(weight: weights), from: source, to: made))
      #expect(kernel.canWriteHalves)
      let bytes = random.map(of: source.format, count: source.shape.count) + [UInt8](repeating: 0, count: 64)
      func run<Number: BitwiseCopyable>(_ zero: Number, _ numbers: ProductNumbers) -> [Number] {
        let constants = ConstantStore()
        var results = [Number](repeating: zero, count: made.shape.count)
        results.withUnsafeMutableBytes { target in
          bytes.withUnsafeBytes { input in
            var arguments = kernel.arguments(
              from: SegTypedMap(input.baseAddress, source), to: SegTypedMap(target.baseAddress, made), adding: nil, numbers: numbers, threads: 2, constants)
            arguments.scratch = constants.allocate(arguments.share_bytes * Int(arguments.shares), of: UInt8.self)
            seg_run_rows(seg_matrix_convolution, &arguments, arguments.shares, 2)
          }
        }
        return results
      }
      let (floats, halves) = (run(Float(0), .floats), run(Float16(0), .halves(unit: 0.25)))
      let scale = floats.reduce(1) { max($0, abs($1)) } * 4
      #expect(zip(floats, halves).allSatisfy { abs(4 * $0 - Float($1)) <= max(abs(4 * $0) / 2047, 1e-6 * scale) }, "seed \(seed)")
    }
  }
}
