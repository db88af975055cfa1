import Testing

@testable import SegSchedule

@Suite struct ErrorModelTests {
  /// The mean predicted loss over the distances 0 ..< interval on the steady drive.
  private func meanLoss(_ model: ErrorModel, interval: Int) -> Double {
    var drift = Drift(startingAt: SignalStreams.drive(0))
    var sum = 0.0
    for frame in 1..<interval {
      drift.add(SignalStreams.drive(frame))
      sum += model.loss(after: drift)
    }
    return sum / Double(interval)
  }

  @Test("dense flow's model gives the measured losses of the drive it comes from")
  func reproducesDenseFlow() {
    #expect(abs(meanLoss(.denseFlow, interval: 5) - 0.29) < 0.01)
    #expect(abs(meanLoss(.denseFlow, interval: 10) - 1.39) < 0.01)
  }

  @Test("the models of worse sources give the measured losses to a fifth of the largest")
  func approximatesOtherSources() {
    for (interval, codec, stale) in [(2, 0.62, 1.93), (5, 5.64, 7.65), (10, 9.38, 13.72)] {
      #expect(abs(meanLoss(.codecVectors, interval: interval) - codec) < 9.38 / 5)
      #expect(abs(meanLoss(.staleCopies, interval: interval) - stale) < 13.72 / 5)
    }
  }

  @Test("a still video loses nothing at any age")
  func losesNothingWhenStill() {
    var drift = Drift(startingAt: SignalStreams.still(0))
    for frame in 1...1000 { drift.add(SignalStreams.still(frame)) }
    for model in [ErrorModel.denseFlow, .codecVectors, .staleCopies] { #expect(model.loss(after: drift) == 0) }
  }

  @Test("the same motion at four times the frame rate loses about the same")
  func isIndependentOfTheFrameRate() {
    var slow = Drift(startingAt: SignalStreams.drive(0))
    for frame in 1...8 { slow.add(SignalStreams.drive(frame)) }
    var fast = Drift(startingAt: SignalStreams.drive(0, rate: 60))
    for frame in 1...32 {
      var signals = SignalStreams.drive(frame, rate: 60)
      signals.flowMagnitude /= 4
      fast.add(signals)
    }
    let model = ErrorModel.denseFlow
    #expect(abs(model.loss(after: slow) - model.loss(after: fast)) < 0.05)
  }

  @Test("coefficients that make no sense count as zero")
  func boundsCoefficients() {
    #expect(ErrorModel(inconsistency: .nan, path: -1, pathAge: -.infinity, difference: 2) == ErrorModel(difference: 2))
  }
}
