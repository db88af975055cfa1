import SegSchedule
import Testing

@Suite struct PassStatisticsTests {
  @Test("without frames everything is zero")
  func isEmptyAtFirst() {
    let statistics = PassStatistics()
    #expect(statistics.share(of: .full) == 0 && statistics.meanMilliseconds == 0 && statistics.meanMilliseconds(of: .full) == nil)
    #expect(statistics.strip.isEmpty && statistics.meanAge == 0 && statistics.meanBackgroundMilliseconds == nil)
  }

  @Test("counts, shares and means are of all frames")
  func countsPasses() {
    var statistics = PassStatistics()
    statistics.record(.full(.first), milliseconds: 100)
    for age in 1...3 {
      var decision = Decision(pass: .propagate, age: age)
      decision.predictedLoss = Double(age)
      statistics.record(decision, milliseconds: Double(age))
    }
    var blank = Decision(pass: .hold)
    blank.isBlank = true
    statistics.record(blank, milliseconds: .nan)
    statistics.recordBackgroundPass(milliseconds: 44)
    #expect(statistics.frames == 5 && statistics.count(of: .propagate) == 3 && statistics.share(of: .propagate) == 0.6)
    #expect(statistics.meanMilliseconds(of: .propagate) == 2 && statistics.meanMilliseconds(of: .full) == 100 && statistics.meanMilliseconds == 30)
    #expect(statistics.meanAge == 1.5 && statistics.largestAge == 3 && statistics.meanPredictedLoss == 1.5 && statistics.largestPredictedLoss == 3)
    #expect(statistics.keys == [.first: 1] && statistics.keyCount == 1 && statistics.meanBackgroundMilliseconds == 44)
  }

  @Test("the strip holds the last hundred frames, the oldest first")
  func keepsTheLastHundred() {
    var statistics = PassStatistics()
    for frame in 0..<250 {
      statistics.record(Decision(pass: frame % 2 == 0 ? .propagate : .partial, age: 1), milliseconds: Double(frame))
      #expect(statistics.strip.map(\.milliseconds) == (max(0, frame - 99)...frame).map(Double.init))
    }
    #expect(statistics.strip.first?.pass == .propagate && statistics.strip.last?.pass == .partial)
  }
}
