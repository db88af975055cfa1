import SegSchedule
import Testing

@Suite struct DecisionTests {
  @Test("a frame with a reason is a key, at once or in the background")
  func knowsKeys() {
    #expect(Decision.full(.cut).isKey && Decision.full(.cut).pass == .full && Decision.full(.cut).age == 0)
    #expect(!Decision(pass: .propagate, age: 2).isKey)
    var late = Decision(pass: .propagate, age: 2)
    late.startsBackgroundPass = true
    late.keyReason = .idle
    #expect(late.isKey)
  }
}
