/// What a scheduler knows about the network, the machine and the limits, besides the policy.
public struct ScheduleSettings: Sendable, Hashable {
  /// Fewest frames between two keys of `adaptive`, cuts and discontinuities excepted; at least 1.
  public var minimumInterval: Int
  /// Most frames from one key of `adaptive` to the next; at least `minimumInterval`.
  public var maximumInterval: Int
  /// What frames between keys get: `.partial` where the network has a partial pass that pays, else `.propagate`.
  public var between: Pass
  /// Processor cores that the network and the flow may use; at least 1.
  public var cores: Int
  /// Predicts losses; it belongs to the source of the flow.
  public var errorModel: ErrorModel
  /// Recognises cuts.
  public var cutRule: CutRule

  /// Makes settings; numbers out of range are raised to the nearest one in it.
  public init(
    minimumInterval: Int = 1, maximumInterval: Int = 30, between: Pass = .propagate, cores: Int = 1, errorModel: ErrorModel = .denseFlow,
    cutRule: CutRule = CutRule()
  ) {
    precondition(between == .partial || between == .propagate, "frames between keys are partial or propagated")
    self.minimumInterval = max(1, minimumInterval)
    self.maximumInterval = max(self.minimumInterval, maximumInterval)
    self.between = between
    self.cores = max(1, cores)
    self.errorModel = errorModel
    self.cutRule = cutRule
  }
}
