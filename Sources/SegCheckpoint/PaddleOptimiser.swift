/// Variables that PaddlePaddle's training keeps beside a model's weights.
enum PaddleOptimiser {
  /// What optimisers keep for a parameter; the variable is called `<parameter>_<this>_<number>`.
  private static let accumulators = [
    "velocity", "momentum", "moment", "moment1", "moment2", "beta1_pow_acc", "beta2_pow_acc", "inf_norm", "mean_square", "mean_grad", "avg_squared_grad",
    "avg_squared_update",
  ]
  private static let others: Set = ["@LR_DECAY_COUNTER@", "learning_rate", "loss_scaling", "good_steps", "bad_steps"]

  /// Whether a variable of that name is an optimiser's, not a network's.
  static func owns(_ name: String) -> Bool {
    let last = name.split(separator: "/").last ?? ""
    if others.contains(String(last)) { return true }
    guard let underline = last.lastIndex(of: "_"), let number = Optional(last[underline...].dropFirst()), !number.isEmpty, number.allSatisfy(\.isNumber) else {
      return false
    }
    let stem = last[..<underline]
    return others.contains(String(stem)) || accumulators.contains { stem.hasSuffix("_" + $0) }
  }
}
