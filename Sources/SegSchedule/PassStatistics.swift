/// What the passes of a run were and cost: counts, shares and means over all of it, and the last hundred frames one by one.
public struct PassStatistics: Sendable, Hashable {
  /// A frame of the strip.
  public struct StripEntry: Sendable, Hashable {
    /// What the frame got.
    public var pass: Pass
    /// Milliseconds of its own work, flow included.
    public var milliseconds: Double
    /// Whether a full pass on it was started in the background.
    public var startsBackgroundPass: Bool
  }

  /// Frames of the strip.
  public static let stripLength = 100

  private var counts: [Pass: Int] = [:]
  private var sums: [Pass: Double] = [:]
  private var ring: [StripEntry] = []
  private var next = 0
  private var ageSum = 0.0
  private var agedFrames = 0
  private var lossSum = 0.0
  private var backgroundSum = 0.0

  /// Frames recorded.
  public private(set) var frames = 0
  /// Full passes that ended in the background.
  public private(set) var backgroundPasses = 0
  /// Keyframes by why they were.
  public private(set) var keys: [KeyReason: Int] = [:]
  /// The largest age of a shown result, in frames.
  public private(set) var largestAge = 0
  /// The largest predicted loss, in points of mean IoU.
  public private(set) var largestPredictedLoss = 0.0

  /// Starts with no frame.
  public init() {}

  /// Takes a frame and the milliseconds of its own work, flow included; times that are negative, infinite or no number count as 0.
  public mutating func record(_ decision: Decision, milliseconds: Double) {
    let cost = milliseconds.isFinite ? max(0, milliseconds) : 0
    frames += 1
    counts[decision.pass, default: 0] += 1
    sums[decision.pass, default: 0] += cost
    if let reason = decision.keyReason { keys[reason, default: 0] += 1 }
    if let age = decision.age {
      ageSum += Double(age)
      agedFrames += 1
      largestAge = max(largestAge, age)
      lossSum += decision.predictedLoss
      largestPredictedLoss = max(largestPredictedLoss, decision.predictedLoss)
    }
    let entry = StripEntry(pass: decision.pass, milliseconds: cost, startsBackgroundPass: decision.startsBackgroundPass)
    if ring.count < Self.stripLength { ring.append(entry) } else { ring[next] = entry }
    next = (next + 1) % Self.stripLength
  }

  /// Takes a full pass that ended in the background and its milliseconds.
  public mutating func recordBackgroundPass(milliseconds: Double) {
    backgroundPasses += 1
    backgroundSum += milliseconds.isFinite ? max(0, milliseconds) : 0
  }

  /// Frames that got a pass.
  public func count(of pass: Pass) -> Int { counts[pass] ?? 0 }

  /// Share of the frames that got a pass, 0...1; 0 without frames.
  public func share(of pass: Pass) -> Double { frames == 0 ? 0 : Double(count(of: pass)) / Double(frames) }

  /// Mean milliseconds of the frames that got a pass, flow included; nil where none did.
  public func meanMilliseconds(of pass: Pass) -> Double? { counts[pass].map { (sums[pass] ?? 0) / Double($0) } }

  /// Mean milliseconds of all work a frame, background passes included; 0 without frames.
  public var meanMilliseconds: Double { frames == 0 ? 0 : (sums.values.reduce(0, +) + backgroundSum) / Double(frames) }

  /// Mean milliseconds of a background pass; nil where none ended.
  public var meanBackgroundMilliseconds: Double? { backgroundPasses == 0 ? nil : backgroundSum / Double(backgroundPasses) }

  /// Mean age of what was shown, in frames; 0 where nothing was.
  public var meanAge: Double { agedFrames == 0 ? 0 : ageSum / Double(agedFrames) }

  /// Mean predicted loss of what was shown, in points of mean IoU; 0 where nothing was.
  public var meanPredictedLoss: Double { agedFrames == 0 ? 0 : lossSum / Double(agedFrames) }

  /// How many frames are keys.
  public var keyCount: Int { keys.values.reduce(0, +) }

  /// The last frames, at most `stripLength`, the oldest first.
  public var strip: [StripEntry] { ring.count < Self.stripLength ? ring : Array(ring[next...] + ring[..<next]) }
}
