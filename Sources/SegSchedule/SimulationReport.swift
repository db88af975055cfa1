/// What a policy did over a recording.
public struct SimulationReport: Sendable, Hashable {
  /// The policy.
  public var policy: SchedulePolicy
  /// Passes, costs, ages, predicted losses and reasons.
  public var statistics = PassStatistics()
  /// The decisions, a frame each.
  public private(set) var decisions: [Decision] = []
  /// Frames whose own work took longer than their time.
  public private(set) var lateFrames = 0
  /// Shown frames for which the recording knows the true loss at their age.
  public private(set) var framesWithLoss = 0
  private var lossSum = 0.0

  init(policy: SchedulePolicy) { self.policy = policy }

  mutating func take(_ decision: Decision, of frame: RecordedFrame, milliseconds: Double, duration: Double) {
    decisions.append(decision)
    statistics.record(decision, milliseconds: milliseconds)
    if milliseconds > duration * 1000 { lateFrames += 1 }
    if let age = decision.age, age < frame.losses.count {
      framesWithLoss += 1
      lossSum += frame.losses[age]
    }
  }

  /// Mean true loss of the frames that have one, in points of mean IoU; nil where none has.
  public var meanLoss: Double? { framesWithLoss == 0 ? nil : lossSum / Double(framesWithLoss) }

  /// Numbers of the frames, from 0 in the recording's order, that are keys.
  public var keys: [Int] { decisions.indices.filter { decisions[$0].isKey } }

  /// The report as lines for people.
  public var text: String {
    let passes = Pass.allCases.filter { statistics.count(of: $0) > 0 }.map { pass in
      "\(pass.rawValue) \(Self.number(statistics.share(of: pass) * 100)) % of \(Self.number(statistics.meanMilliseconds(of: pass) ?? 0)) ms"
    }
    let reasons = statistics.keys.sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }.map { "\($0.value) \($0.key.rawValue)" }
    var lines = [
      "policy          \(policy)",
      "frames          \(statistics.frames), late \(lateFrames)",
      "passes          " + passes.joined(separator: ", "),
      "cost            \(Self.number(statistics.meanMilliseconds)) ms a frame",
      "keys            \(statistics.keyCount)" + (reasons.isEmpty ? "" : ": " + reasons.joined(separator: ", ")),
      "age             mean \(Self.number(statistics.meanAge)), largest \(statistics.largestAge) frames",
      "predicted loss  mean \(Self.number(statistics.meanPredictedLoss)), largest \(Self.number(statistics.largestPredictedLoss)) points",
    ]
    if let mean = statistics.meanBackgroundMilliseconds { lines.insert("background      \(statistics.backgroundPasses) of \(Self.number(mean)) ms", at: 3) }
    if let loss = meanLoss { lines.append("true loss       mean \(Self.number(loss)) points over \(framesWithLoss) frames") }
    return lines.joined(separator: "\n")
  }

  /// A number with two decimals.
  private static func number(_ value: Double) -> String {
    let hundredths = Int((value.bounded(to: -1e12...1e12) * 100).rounded())
    let digits = String(abs(hundredths) % 100 + 100).dropFirst()
    return (hundredths < 0 ? "-" : "") + "\(abs(hundredths) / 100)." + digits
  }
}
