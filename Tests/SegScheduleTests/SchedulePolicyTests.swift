import SegBase
import SegTestSupport
import Testing

@testable import SegSchedule

@Suite struct SchedulePolicyTests {
  @Test("the command line's forms are read")
  func reads() throws {
    #expect(try SchedulePolicy(text: "every") == .every)
    #expect(try SchedulePolicy(text: "fixed:5") == .fixed(interval: 5))
    #expect(try SchedulePolicy(text: "adaptive") == .adaptive(pointsLost: 1))
    #expect(try SchedulePolicy(text: "adaptive:0") == .adaptive(pointsLost: 0))
    #expect(try SchedulePolicy(text: "adaptive:2.5") == .adaptive(pointsLost: 2.5))
    #expect(try SchedulePolicy(text: "realtime") == .realtime)
  }

  @Test(
    "anything else is refused with the value and advice",
    arguments: [
      "", "Every", "every:", "every:1", "fixed", "fixed:", "fixed:0", "fixed:1001", "fixed:-5", "fixed:+5", "fixed:5.0", "fixed: 5", "fixed:5:5",
      "fixed:99999999999999999999", "adaptive:", "adaptive:-1", "adaptive:nan", "adaptive:inf", "adaptive:1e1", "adaptive:0x1", "adaptive:100.5",
      "adaptive:.", "adaptive:1.2.3", "realtime:1", "fixed:٥",
    ])
  func refuses(text: String) {
    let error = #expect(throws: InputError.self) { try SchedulePolicy(text: text) }
    #expect(error?.subject == text)
    #expect(error?.advice.isEmpty == false)
  }

  @Test(
    "descriptions are read back as the same policy",
    arguments: ["every", "fixed:1", "fixed:1000", "adaptive", "adaptive:0.5", "adaptive:12.345", "adaptive:0", "adaptive:0.001", "realtime"])
  func describesItself(text: String) throws { #expect(try SchedulePolicy(text: text).description == text) }

  @Test("random numbers round-trip to thousandths")
  func roundTrips() throws {
    var random = RandomNumbers(seed: 5)
    for _ in 0..<2000 {
      let policy = SchedulePolicy.adaptive(pointsLost: Double(Int.random(in: 0...100_000, using: &random)) / 1000)
      #expect(try SchedulePolicy(text: policy.description) == policy)
    }
  }

  @Test("numbers out of range are bounded")
  func bounds() {
    #expect(SchedulePolicy.fixed(interval: 0).bounded == .fixed(interval: 1))
    #expect(SchedulePolicy.adaptive(pointsLost: .nan).bounded == .adaptive(pointsLost: 0))
    #expect(SchedulePolicy.adaptive(pointsLost: .nan).description == "adaptive:0")
  }
}
