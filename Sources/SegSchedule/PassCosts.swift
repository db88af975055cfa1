/// What each kind of pass and the optical flow cost on this machine with this network, learnt from measured times.
public struct PassCosts: Sendable, Hashable {
  /// The smallest share of a full pass that a partial one is known to need: Fast-SCNN's shallow stage and head are 2.88 of its 6.71 GMAC.
  /// YolactEdge's partial pass needs 0.81 (46.6 of 57.4 with a ResNet-50).
  public static let smallestPartialShare = 0.43

  private var fullEstimate = CostEstimate()
  private var partialEstimate = CostEstimate()
  private var propagateEstimate = CostEstimate()
  private var flowEstimate = CostEstimate()

  /// Starts with nothing known.
  public init() {}

  /// Milliseconds of a pass without its flow, the median of the last seven; nil until one was measured. A `hold` costs nothing.
  public func milliseconds(of pass: Pass) -> Double? {
    switch pass {
    case .full: fullEstimate.median
    case .partial: partialEstimate.median
    case .propagate: propagateEstimate.median
    case .hold: 0
    }
  }

  /// Milliseconds of the flow from one frame to the next, the median of the last seven; nil until it was measured.
  public var flowMilliseconds: Double? { flowEstimate.median }

  /// Takes the measured time of a pass, flow not included. Negative, infinite times and what is no number are left out.
  public mutating func record(_ pass: Pass, milliseconds: Double) {
    switch pass {
    case .full: fullEstimate.record(milliseconds, replacing: false)
    case .partial: partialEstimate.record(milliseconds, replacing: true)
    case .propagate: propagateEstimate.record(milliseconds, replacing: true)
    case .hold: break
    }
  }

  /// Takes the measured time of a frame's flow.
  public mutating func recordFlow(milliseconds: Double) { flowEstimate.record(milliseconds, replacing: true) }

  /// Forgets what depends on the network: for another model.
  public mutating func forgetPasses() {
    fullEstimate = CostEstimate()
    partialEstimate = CostEstimate()
  }

  /// Notes that a frame has passed.
  mutating func passFrame() {
    fullEstimate.passFrame()
    partialEstimate.passFrame()
    propagateEstimate.passFrame()
    flowEstimate.passFrame()
  }

  /// What a pass and its flow may be expected to cost, for deciding whether they fit a frame's time; nil for a full pass that was never measured.
  ///
  /// Passes that are not run any more fade, so that they are tried again; a partial pass no further than its smallest share of a full one. What was never
  /// measured counts as free, or as that share.
  func plausibleMilliseconds(of pass: Pass) -> Double? {
    let flow = flowEstimate.fading ?? 0
    switch pass {
    case .full: return fullEstimate.median.map { $0 + flow }
    case .partial:
      let least = (fullEstimate.median ?? 0) * Self.smallestPartialShare
      return max(partialEstimate.fading ?? 0, min(partialEstimate.median ?? least, least)) + flow
    case .propagate: return (propagateEstimate.fading ?? 0) + flow
    case .hold: return 0
    }
  }
}
