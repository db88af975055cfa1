import SegBase
import SegTestSupport
import Testing

@testable import SegSchedule

@Suite struct SignalRecordingTests {
  private func read(_ text: String) throws(InputError) -> SignalRecording { try SignalRecording(Array(text.utf8), file: "signals.jsonl") }

  @Test("lines are frames; empty ones and unknown keys are passed over")
  func readsLines() throws {
    let recording = try read("{\"frame\":0,\"time\":0}\n\n  \r\n{\"frame\":1,\"time\":0.04,\"fps\":25,\"extra\":{\"a\":[1]},\"flow\":0.01}")
    #expect(recording.frames.map(\.signals.frame) == [0, 1])
    #expect(recording.frames[1].signals.flowMagnitude == 0.01 && recording.frames[1].decision == nil)
    #expect(try read("").frames.isEmpty)
  }

  @Test(
    "what is no frame is refused with its line",
    arguments: [
      "{}", "{\"frame\":1}", "{\"frame\":1.5,\"time\":0}", "{\"frame\":1e300,\"time\":0}", "[1]", "nonsense", "{\"frame\":1,\"time\":\"0\"}",
      "{\"frame\":1,\"time\":0,\"pass\":\"none\"}", "{\"frame\":1,\"time\":0,\"losses\":3}", "{\"frame\":1,\"time\":NaN}", "{\"frame\":1,\"time\":0",
      "\u{0}",
    ])
  func refuses(line: String) {
    let error = #expect(throws: InputError.self) { try read("{\"frame\":0,\"time\":0}\n" + line) }
    #expect(error?.subject == "signals.jsonl:2")
  }

  @Test("a line may not be endless, nor nested without end")
  func boundsLines() {
    #expect(throws: InputError.self) { try read("{\"frame\":0,\"time\":0,\"x\":\"" + String(repeating: "x", count: SignalRecording.largestLine) + "\"}") }
    #expect(throws: InputError.self) { try read("{\"frame\":0,\"time\":0,\"x\":" + String(repeating: "[", count: 60_000)) }
  }

  @Test("numbers out of range are bounded when they are read")
  func boundsNumbers() throws {
    let frame = try read("{\"frame\":3,\"time\":-1e300,\"flow\":1e300,\"inconsistent\":-5,\"duration\":-1,\"full_ms\":-3,\"losses\":[1e9]}").frames[0]
    #expect(frame.signals == frame.signals.bounded && frame.signals.flowMagnitude == 1 && frame.signals.inconsistentShare == 0)
    #expect(frame.milliseconds == [.full: 0] && frame.losses == [100])
  }

  @Test("random bytes never stop the reader", arguments: 0..<100)
  func survivesRandomBytes(seed: UInt64) {
    var random = RandomNumbers(seed: seed)
    var bytes = Array("{\"frame\":0,\"time\":0.5,\"flow\":0.01,\"pass\":\"full\",\"losses\":[0,1]}\n{\"frame\":1,\"time\":0.54}\n".utf8)
    for _ in 0..<20 {
      bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      _ = try? SignalRecording(bytes, file: "x")
    }
  }
}
