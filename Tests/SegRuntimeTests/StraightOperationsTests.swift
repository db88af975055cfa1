import SegGraph
import Testing

@testable import SegRuntime

@Suite struct StraightOperationsTests {
  private static let bytes = ElementFormat.unsigned8(scale: 0.1)
  private static let signed = ElementFormat.signed8(scale: 0.1)
  private static let sum = PostOperation.add(inputIndex: 1)

  @Test("an activation on either side of a sum, in its order")
  func order() throws {
    let both = try #require(StraightOperations([.activation(.relu), Self.sum, .activation(.relu6)], from: Self.bytes, adding: Self.bytes, to: Self.signed))
    #expect(both.before == .relu && both.after == .relu6)
    let last = try #require(StraightOperations([.activation(.relu6)], from: Self.bytes, adding: nil, to: Self.bytes))
    #expect(last.before == nil && last.after == .relu6)
    let two = try #require(StraightOperations([.activation(.leakyRelu(slope: 0.1)), .activation(.relu6)], from: Self.bytes, adding: nil, to: .float32))
    #expect(two.before == .leakyRelu(slope: 0.1) && two.after == .relu6)
  }

  @Test("bytes without a sign need no ReLU at the end")
  func rectified() {
    #expect(StraightOperations([.activation(.relu)], from: Self.bytes, adding: nil, to: Self.bytes)?.after == nil)
    #expect(StraightOperations([.activation(.relu)], from: Self.bytes, adding: nil, to: Self.signed)?.after == .relu)
    #expect(StraightOperations([.activation(.relu)], from: Self.bytes, adding: nil, to: .float32)?.after == .relu)
  }

  @Test("what the kernels have no code for is nil")
  func others() {
    #expect(StraightOperations([.activation(.sigmoid)], from: Self.bytes, adding: nil, to: Self.bytes) == nil)
    #expect(StraightOperations([Self.sum], from: Self.bytes, adding: .float32, to: Self.bytes) == nil)
    #expect(StraightOperations([Self.sum], from: Self.bytes, adding: Self.bytes, to: .float32) == nil)
    #expect(StraightOperations([], from: Self.bytes, adding: nil, to: .bfloat16) == nil)
    #expect(StraightOperations([], from: .float32, adding: nil, to: .float32) == nil)
    #expect(StraightOperations([], from: .bfloat16, adding: nil, to: Self.bytes) == nil)
    #expect(StraightOperations([Self.sum], from: .bfloat16, adding: .float32, to: .bfloat16) == nil)
    #expect(StraightOperations([Self.sum], from: .bfloat16, adding: .bfloat16, to: .float32) != nil)
    #expect(StraightOperations([Self.sum], from: Self.bytes, adding: nil, to: Self.bytes) == nil)
    #expect(StraightOperations([.activation(.relu), .activation(.relu6), Self.sum], from: Self.bytes, adding: Self.bytes, to: Self.bytes) == nil)
    #expect(StraightOperations([Self.sum, .activation(.relu), Self.sum], from: Self.bytes, adding: Self.bytes, to: Self.bytes) == nil)
  }
}
