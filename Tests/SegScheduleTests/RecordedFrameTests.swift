import Foundation
import SegBase
import SegTestSupport
import Testing

@testable import SegSchedule

@Suite struct RecordedFrameTests {
  @Test("a frame with everything in it is read back as it was")
  func roundTrips() throws {
    var signals = SignalStreams.drive(12)
    signals.isDiscontinuity = true
    signals.intraShare = 0.25
    signals.sinceKey = .init(frame: 10, histogramDistance: 0.05, inconsistentShare: 0.25)
    var decision = Decision(pass: .propagate, age: 2)
    decision.keyReason = .idle
    decision.startsBackgroundPass = true
    decision.predictedLoss = 0.5
    decision.plannedMilliseconds = 4.5
    var frame = RecordedFrame(signals: signals, decision: decision)
    frame.milliseconds = [.full: 68.5, .partial: 20, .propagate: 1.5]
    frame.flowMilliseconds = 2
    frame.losses = [0, 0.25, 1]
    let read = try JSONDecoder().decode(RecordedFrame.self, from: Data(SignalRecording.line(frame).utf8))
    #expect(read == frame)
  }

  @Test("frames of random videos are read back as they were", arguments: 0..<20)
  func roundTripsRandomFrames(seed: UInt64) throws {
    var random = RandomNumbers(seed: seed)
    for signals in SignalStreams.video(50, drops: true, using: &random) {
      let frame = RecordedFrame(signals: signals)
      #expect(try JSONDecoder().decode(RecordedFrame.self, from: Data(SignalRecording.line(frame).utf8)) == frame, "seed \(seed)")
    }
  }

  @Test("the keys are the documented ones, and zeros are left out")
  func writesDocumentedKeys() {
    #expect(SignalRecording.line(RecordedFrame(signals: SignalStreams.still(50))) == #"{"duration":0.04,"frame":50,"time":2}"#)
    var frame = RecordedFrame(signals: SignalStreams.still(50), decision: .full(.cut))
    frame.milliseconds[.full] = 68.5
    #expect(SignalRecording.line(frame) == #"{"age":0,"duration":0.04,"frame":50,"full_ms":68.5,"pass":"full","reason":"cut","time":2}"#)
  }

  @Test("numbers that JSON cannot hold are left out or bounded")
  func writesOnlyNumbers() throws {
    var random = RandomNumbers(seed: 3)
    for _ in 0..<500 {
      var frame = RecordedFrame(signals: SignalStreams.hostile(using: &random), decision: Decision(pass: .hold))
      frame.milliseconds[.full] = .nan
      frame.flowMilliseconds = .infinity
      frame.decision?.predictedLoss = .nan
      frame.losses = [.nan, .infinity]
      let read = try JSONDecoder().decode(RecordedFrame.self, from: Data(SignalRecording.line(frame).utf8))
      #expect(read.milliseconds.isEmpty && read.flowMilliseconds == nil && read.losses == [-100, 100])
    }
  }
}
