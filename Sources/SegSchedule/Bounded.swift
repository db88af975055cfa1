extension Double {
  /// The nearest number within `range`; its lower end for what is not a number.
  func bounded(to range: ClosedRange<Double>) -> Double { self >= range.lowerBound ? Swift.min(self, range.upperBound) : range.lowerBound }
}
