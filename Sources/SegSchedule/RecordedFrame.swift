internal import SegBase

/// A frame of a recording: its signals, what was decided, and where they are known what its passes cost and would have lost.
///
/// As a line of `--stats-json` it is one JSON object with these keys; only `frame` and `time` must be there, and keys not listed are passed over:
/// - `frame`, `time` (seconds), `duration` (seconds until the next), `discontinuity` (true or absent);
/// - `histogram`, `difference`, `flow`, `inconsistent`, `intra`: the signals of `FrameSignals`, frame to frame;
/// - `key_frame`, `key_histogram`, `key_inconsistent`: its measures against the keyframe;
/// - `pass`, `reason`, `background`, `blank`, `age`, `predicted_loss`, `planned_ms`: the `Decision`;
/// - `full_ms`, `partial_ms`, `propagate_ms`, `flow_ms`: measured milliseconds of this frame's work;
/// - `losses`: points of mean IoU that this frame loses with a key 0, 1, 2... frames before it.
public struct RecordedFrame: Sendable, Hashable {
  /// What was known before the decision.
  public var signals: FrameSignals
  /// What was decided, where the recording has it.
  public var decision: Decision?
  /// Measured milliseconds by pass, flow not included.
  public var milliseconds: [Pass: Double] = [:]
  /// Measured milliseconds of the flow.
  public var flowMilliseconds: Double?
  /// True losses by distance to the key, in points of mean IoU; empty where they are unknown.
  public var losses: [Double] = []

  /// The most distances a frame has losses for.
  public static let largestLosses = 1000

  /// Makes a recorded frame of its signals and the decision.
  public init(signals: FrameSignals, decision: Decision? = nil) {
    self.signals = signals
    self.decision = decision
  }
}

extension RecordedFrame: Codable {
  private enum CodingKeys: String, CodingKey {
    case frame, time, duration, discontinuity, histogram, difference, flow, inconsistent, intra
    case keyFrame = "key_frame"
    case keyHistogram = "key_histogram"
    case keyInconsistent = "key_inconsistent"
    case pass, reason, background, blank, age
    case predictedLoss = "predicted_loss"
    case planned = "planned_ms"
    case full = "full_ms"
    case partial = "partial_ms"
    case propagate = "propagate_ms"
    case flowCost = "flow_ms"
    case losses
  }

  private static let costKeys: [(Pass, CodingKeys)] = [(.full, .full), (.partial, .partial), (.propagate, .propagate)]

  /// Reads the keys above.
  /// - Throws: `DecodingError` when a key that must be there is not, or a value is of another kind.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func number(_ key: CodingKeys) throws -> Double? { try values.decodeIfPresent(Double.self, forKey: key) }
    func flag(_ key: CodingKeys) throws -> Bool { try values.decodeIfPresent(Bool.self, forKey: key) ?? false }
    var signals = FrameSignals(
      frame: try values.decode(Int.self, forKey: .frame), time: MediaTime(seconds: try values.decode(Double.self, forKey: .time)),
      duration: try number(.duration) ?? 0)
    signals.isDiscontinuity = try flag(.discontinuity)
    signals.histogramDistance = try number(.histogram) ?? 0
    signals.meanAbsoluteDifference = try number(.difference) ?? 0
    signals.flowMagnitude = try number(.flow) ?? 0
    signals.inconsistentShare = try number(.inconsistent) ?? 0
    signals.intraShare = try number(.intra)
    if let key = try values.decodeIfPresent(Int.self, forKey: .keyFrame) {
      signals.sinceKey = .init(frame: key, histogramDistance: try number(.keyHistogram), inconsistentShare: try number(.keyInconsistent))
    }
    self.init(signals: signals.bounded)
    if let pass = try values.decodeIfPresent(Pass.self, forKey: .pass) {
      var decision = Decision(pass: pass, age: try values.decodeIfPresent(Int.self, forKey: .age))
      decision.keyReason = try values.decodeIfPresent(KeyReason.self, forKey: .reason)
      decision.startsBackgroundPass = try flag(.background)
      decision.isBlank = try flag(.blank)
      decision.predictedLoss = try number(.predictedLoss) ?? 0
      decision.plannedMilliseconds = try number(.planned) ?? 0
      self.decision = decision
    }
    for (pass, key) in Self.costKeys { milliseconds[pass] = try number(key)?.bounded(to: 0...CostEstimate.largest) }
    flowMilliseconds = try number(.flowCost)?.bounded(to: 0...CostEstimate.largest)
    losses = try values.decodeIfPresent([Double].self, forKey: .losses)?.prefix(Self.largestLosses).map { $0.bounded(to: -100...100) } ?? []
  }

  /// Writes the keys above; what is zero, false or unknown is left out, apart from frame, time and duration.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    let signals = signals.bounded
    func write(_ number: Double?, _ key: CodingKeys) throws {
      if let number, number.isFinite { try values.encode(number, forKey: key) }
    }
    func writeUnlessZero(_ number: Double, _ key: CodingKeys) throws { try write(number == 0 ? nil : number, key) }
    func write(_ flag: Bool, _ key: CodingKeys) throws { if flag { try values.encode(true, forKey: key) } }
    try values.encode(signals.frame, forKey: .frame)
    try values.encode(signals.time.seconds, forKey: .time)
    try values.encode(signals.duration, forKey: .duration)
    try write(signals.isDiscontinuity, .discontinuity)
    try writeUnlessZero(signals.histogramDistance, .histogram)
    try writeUnlessZero(signals.meanAbsoluteDifference, .difference)
    try writeUnlessZero(signals.flowMagnitude, .flow)
    try writeUnlessZero(signals.inconsistentShare, .inconsistent)
    try write(signals.intraShare, .intra)
    if let key = signals.sinceKey {
      try values.encode(key.frame, forKey: .keyFrame)
      try write(key.histogramDistance, .keyHistogram)
      try write(key.inconsistentShare, .keyInconsistent)
    }
    if let decision {
      try values.encode(decision.pass, forKey: .pass)
      try values.encodeIfPresent(decision.keyReason, forKey: .reason)
      try write(decision.startsBackgroundPass, .background)
      try write(decision.isBlank, .blank)
      try values.encodeIfPresent(decision.age, forKey: .age)
      try writeUnlessZero(decision.predictedLoss, .predictedLoss)
      try writeUnlessZero(decision.plannedMilliseconds, .planned)
    }
    for (pass, key) in Self.costKeys { try write(milliseconds[pass], key) }
    try write(flowMilliseconds, .flowCost)
    if !losses.isEmpty { try values.encode(losses.prefix(Self.largestLosses).map { $0.bounded(to: -100...100) }, forKey: .losses) }
  }
}
