import Testing

@testable import SegSchedule

@Suite struct PassCostsTests {
  @Test("passes and flow are learnt apart")
  func learnsEachPass() {
    var costs = PassCosts()
    #expect(costs.milliseconds(of: .full) == nil && costs.flowMilliseconds == nil && costs.milliseconds(of: .hold) == 0)
    costs.record(.full, milliseconds: 100)
    costs.record(.partial, milliseconds: 40)
    costs.record(.propagate, milliseconds: 2)
    costs.record(.hold, milliseconds: 7)
    costs.recordFlow(milliseconds: 3)
    #expect(costs.milliseconds(of: .full) == 100 && costs.milliseconds(of: .partial) == 40 && costs.milliseconds(of: .propagate) == 2)
    #expect(costs.milliseconds(of: .hold) == 0 && costs.flowMilliseconds == 3)
    #expect(costs.plausibleMilliseconds(of: .full) == 103 && costs.plausibleMilliseconds(of: .partial) == 43)
    #expect(costs.plausibleMilliseconds(of: .propagate) == 5 && costs.plausibleMilliseconds(of: .hold) == 0)
  }

  @Test("an untried or forgotten partial pass is never expected below its smallest share of a full one")
  func knowsALeastPartialCost() {
    var costs = PassCosts()
    costs.record(.full, milliseconds: 1000)
    #expect(costs.plausibleMilliseconds(of: .partial) == 430)
    costs.record(.partial, milliseconds: 900)
    for _ in 0..<5000 { costs.passFrame() }
    #expect(costs.plausibleMilliseconds(of: .partial) == 430)
    #expect(costs.milliseconds(of: .partial) == 900)
  }

  @Test("a full pass never fades: it may take longer than estimates stay fresh")
  func fullPassesStay() {
    var costs = PassCosts()
    costs.record(.full, milliseconds: 1000)
    for _ in 0..<5000 { costs.passFrame() }
    #expect(costs.plausibleMilliseconds(of: .full) == 1000)
  }

  @Test("another network starts anew, the flow and the warp stay")
  func forgetsTheNetwork() {
    var costs = PassCosts()
    for pass in Pass.allCases { costs.record(pass, milliseconds: 5) }
    costs.recordFlow(milliseconds: 3)
    costs.forgetPasses()
    #expect(costs.milliseconds(of: .full) == nil && costs.milliseconds(of: .partial) == nil)
    #expect(costs.milliseconds(of: .propagate) == 5 && costs.flowMilliseconds == 3)
  }
}
