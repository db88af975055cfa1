import SegGraph
import Testing

@testable import SegRuntime

@Suite struct ByteOperationsTests {
  private static let bytes = ElementFormat.unsigned8(scale: 0.1)
  private static let signed = ElementFormat.signed8(scale: 0.1)
  private static let sum = PostOperation.add(inputIndex: 1)

  @Test("an activation on either side of a sum, in its order")
  func order() throws {
    let both = try #require(ByteOperations([.activation(.relu), Self.sum, .activation(.relu6)], adding: Self.bytes, to: Self.signed))
    #expect(both.before == .relu && both.after == .relu6 && both.hasAddition)
    let last = try #require(ByteOperations([.activation(.relu6)], adding: nil, to: Self.bytes))
    #expect(last.before == nil && last.after == .relu6 && !last.hasAddition)
    let two = try #require(ByteOperations([.activation(.leakyRelu(slope: 0.1)), .activation(.relu6)], adding: nil, to: .float32))
    #expect(two.before == .leakyRelu(slope: 0.1) && two.after == .relu6)
  }

  @Test("bytes without a sign need no ReLU at the end")
  func rectified() {
    #expect(ByteOperations([.activation(.relu)], adding: nil, to: Self.bytes)?.after == nil)
    #expect(ByteOperations([.activation(.relu)], adding: nil, to: Self.signed)?.after == .relu)
    #expect(ByteOperations([.activation(.relu)], adding: nil, to: .float32)?.after == .relu)
  }

  @Test("what the kernels have no code for is nil")
  func others() {
    #expect(ByteOperations([.activation(.sigmoid)], adding: nil, to: Self.bytes) == nil)
    #expect(ByteOperations([Self.sum], adding: .float32, to: Self.bytes) == nil)
    #expect(ByteOperations([Self.sum], adding: Self.bytes, to: .float32) == nil)
    #expect(ByteOperations([], adding: nil, to: .bfloat16) == nil)
    #expect(ByteOperations([Self.sum], adding: nil, to: Self.bytes) == nil)
    #expect(ByteOperations([.activation(.relu), .activation(.relu6), Self.sum], adding: Self.bytes, to: Self.bytes) == nil)
    #expect(ByteOperations([Self.sum, .activation(.relu), Self.sum], adding: Self.bytes, to: Self.bytes) == nil)
  }
}
