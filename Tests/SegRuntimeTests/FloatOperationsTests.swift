import SegGraph
import Testing

@testable import SegRuntime

@Suite struct FloatOperationsTests {
  @Test("an activation, a sum and another activation are done with the sums")
  func possible() throws {
    #expect(try #require(FloatOperations([])).added == nil)
    let one = try #require(FloatOperations([.activation(.relu)]))
    #expect(one.before == .relu && one.added == nil && one.after == nil)
    let all = try #require(FloatOperations([.activation(.relu6), .add(inputIndex: 2), .activation(.prelu(slopes: [0.5]))]))
    #expect(all.before == .relu6 && all.added == 2 && all.after == .prelu(slopes: [0.5]))
    let sum = try #require(FloatOperations([.add(inputIndex: 1), .activation(.leakyRelu(slope: 0.1))]))
    #expect(sum.before == nil && sum.added == 1 && sum.after == .leakyRelu(slope: 0.1))
  }

  @Test("curved activations, two in a row and two sums are not")
  func impossible() {
    #expect(FloatOperations([.activation(.sigmoid)]) == nil && FloatOperations([.add(inputIndex: 1), .activation(.tanh)]) == nil)
    #expect(FloatOperations([.activation(.relu), .activation(.relu)]) == nil)
    #expect(FloatOperations([.add(inputIndex: 1), .activation(.relu), .activation(.relu6)]) == nil)
    #expect(FloatOperations([.add(inputIndex: 1), .add(inputIndex: 2)]) == nil)
  }
}
