import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegRuntime

/// Kernels for bytes in registers of 32 bytes.
@Suite struct NarrowRegistersTests {
  @Test("they are used where there are no wider ones, and with weights whose products do not exceed 16 bits unless these are fused with their sums")
  func availability() {
    #expect(!NarrowRegisters.isAvailable || !ByteConvolution.isAvailable)
    #expect(!NarrowRegisters.isAvailable || Processor.current.largestWeight == (NarrowRegisters.areFused ? 127 : 63))
  }

  @Test("weights stand for the same numbers there, and two products fit into 16 bits", arguments: [ElementFormat.unsigned8(scale: 0.1), .signed8(scale: 0.1)])
  func weights(format: ElementFormat) throws {
    var random = RandomNumbers(seed: 1)
    let convolution = Convolution(weight: Tensor(shape: [8, 3, 3, 3], floats: random.floats(216)))
    let library = ConvolutionSums(convolution, from: format, in: 1)
    let sums = library.inNarrowRegisters(from: format)
    guard case .bytes(let weights) = sums.weights, case .bytes(let before) = library.weights else {
      Issue.record("weights are bytes")
      return
    }
    for index in weights.indices {
      #expect(Float(weights[index]) * sums.scales[index / 27] == Float(before[index]) * library.scales[index / 27])
    }
    #expect(Processor.current.hasByteProducts || weights.allSatisfy { abs(Int($0)) <= 63 })
  }
}
