/// How the range that bytes cover follows from the numbers that were measured.
enum RangeRule: String, CaseIterable, Sendable {
  /// Cut off where the distribution of the rounded numbers differs the least (`EntropyThreshold`).
  case entropy
  /// Cut off where the sum of the squared errors is the least (`SquaredErrorThreshold`).
  case squares
  /// From the least to the greatest number.
  case extremes
}
