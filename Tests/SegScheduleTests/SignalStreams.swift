import SegBase
import SegSchedule
import SegTestSupport

/// Streams of signals for the tests.
enum SignalStreams {
  /// Frame `index` of a video at `rate` frames a second in which nothing changes.
  static func still(_ index: Int, rate: Double = 25) -> FrameSignals {
    FrameSignals(frame: index, time: MediaTime(seconds: Double(index) / rate), duration: 1 / rate)
  }

  /// Frame `index` of a steady drive, with the mean signals of CamVid's validation drive.
  static func drive(_ index: Int, rate: Double = 15) -> FrameSignals {
    var signals = still(index, rate: rate)
    signals.histogramDistance = 0.0175
    signals.meanAbsoluteDifference = 0.0559
    signals.flowMagnitude = 0.0111
    signals.inconsistentShare = 0.148
    return signals
  }

  /// A frame on which another scene begins.
  static func cut(_ index: Int, rate: Double = 25) -> FrameSignals {
    var signals = still(index, rate: rate)
    signals.histogramDistance = 0.52
    signals.meanAbsoluteDifference = 0.27
    signals.flowMagnitude = 0.06
    signals.inconsistentShare = 0.99
    return signals
  }

  /// A random video: stretches that are still, slow, fast or wild, a cut or a discontinuity here and there, and dropped frames where asked for.
  static func video(_ count: Int, drops: Bool = false, using random: inout RandomNumbers) -> [FrameSignals] {
    let rate: Double = [4.0, 15.0, 25.0, 60.0].randomElement(using: &random) ?? 25
    var result: [FrameSignals] = []
    var frame = Int.random(in: 0..<1000, using: &random)
    var pace = 0.0
    for _ in 0..<count {
      if Int.random(in: 0..<20, using: &random) == 0 { pace = [0.0, 0.0005, 0.01, 0.08].randomElement(using: &random) ?? 0 }
      var signals = Int.random(in: 0..<60, using: &random) == 0 ? cut(frame, rate: rate) : still(frame, rate: rate)
      if signals.histogramDistance == 0 && pace > 0 {
        signals.flowMagnitude = pace * Double.random(in: 0.2...2, using: &random)
        signals.inconsistentShare = min(0.8, pace * Double.random(in: 0...20, using: &random))
        signals.meanAbsoluteDifference = min(0.09, pace * Double.random(in: 1...6, using: &random))
        signals.histogramDistance = Double.random(in: 0...0.1, using: &random)
      }
      signals.isDiscontinuity = Int.random(in: 0..<150, using: &random) == 0
      result.append(signals)
      frame += drops && Int.random(in: 0..<10, using: &random) == 0 ? Int.random(in: 2...5, using: &random) : 1
    }
    return result
  }

  /// Signals of numbers that no measure should give.
  static func hostile(using random: inout RandomNumbers) -> FrameSignals {
    func number() -> Double {
      [Double.nan, .infinity, -.infinity, -1, 1e300, -1e300, 0, 0.5, 1].randomElement(using: &random) ?? 0
    }
    let frames = [Int.min, Int.max, -1, 0, 1, 2, 3]
    var signals = FrameSignals(
      frame: frames.randomElement(using: &random) ?? 0,
      time: MediaTime(microseconds: [Int64.min, .max, 0, 1, 40_000].randomElement(using: &random) ?? 0), duration: number())
    signals.histogramDistance = number()
    signals.meanAbsoluteDifference = number()
    signals.flowMagnitude = number()
    signals.inconsistentShare = number()
    signals.intraShare = number()
    signals.sinceKey = .init(frame: frames.randomElement(using: &random) ?? 0, histogramDistance: number(), inconsistentShare: number())
    return signals
  }
}
