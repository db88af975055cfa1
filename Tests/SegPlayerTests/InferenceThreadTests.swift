import Foundation
import SegBase
import SegModels
import SegPlayer
import SegSchedule
import SegVideo
import Testing

@Suite struct InferenceThreadTests {
  private let size = PixelSize(width: 64, height: 48)

  private func result(_ thread: InferenceThread) throws -> (time: MediaTime, generation: Int, number: Int, size: PixelSize, milliseconds: Double) {
    try TestVideo.wait("a result of the network") {
      guard let result = thread.nextResult() else { return nil }
      let answer = (result.presentationTime, result.generation, result.modelNumber, result.labels.size, result.pass.milliseconds)
      thread.recycle(result.labels.copy())
      return answer
    }
  }

  private func frames(_ body: (borrowing VideoFrame) throws -> Void) throws {
    let source = try VideoSource("lavfi:testsrc2=size=64x48:rate=50:duration=0.1")
    while let frame = try source.next() { try body(frame) }
  }

  @Test func aResultSaysWhatItBelongsTo() throws {
    let thread = InferenceThread(displaySize: size)
    defer { thread.stop() }
    thread.use(try LoadedModel.random(architecture: .enet, classCount: 3), number: 4)
    var count = 0
    try frames { frame in
      thread.offer(frame, generation: 7 + count)
      let answer = try result(thread)
      #expect(answer.time == TestVideo.time(count))
      #expect(answer.generation == 7 + count)
      #expect(answer.number == 4)
      #expect(answer.size == size)
      #expect(answer.milliseconds > 0)
      count += 1
    }
    #expect(count == 5)
    #expect(thread.nextFailure() == nil)
  }

  @Test func theModelOfTheOfferIsTheOneThatRuns() throws {
    let thread = InferenceThread(displaySize: size)
    defer { thread.stop() }
    let models = [PixelSize(width: 64, height: 32), PixelSize(width: 32, height: 64)]
    let loaded = try models.map { try LoadedModel.random(architecture: .enet, classCount: 3, inputSize: $0) }
    var turn = 0
    try frames { frame in
      thread.use(loaded[turn % 2], number: turn % 2 + 1)
      thread.offer(frame, generation: 0)
      let answer = try result(thread)
      #expect(answer.size == models[turn % 2] && answer.number == turn % 2 + 1)
      turn += 1
    }
  }

  @Test("a network that finds instances follows every schedule", arguments: [SchedulePolicy.every, .fixed(interval: 2), .adaptive(pointsLost: 1)])
  func instancesBySchedule(policy: SchedulePolicy) throws {
    let thread = InferenceThread(displaySize: size, policy: policy)
    defer { thread.stop() }
    thread.use(
      try LoadedModel.random(architecture: .yolactEdge, dialect: "yolact-edge", variant: "mobilenetv2", classCount: 3, inputSize: size), number: 1)
    var passes: [Pass] = []
    try frames { frame in
      thread.offer(frame, generation: 0, shown: PixelSize(width: 32, height: 24))
      let answer = try TestVideo.wait("a result of the network") {
        guard let result = thread.nextResult() else { return (pass: Pass, size: PixelSize, found: Int)?.none }
        return (result.pass.decision.pass, result.labels.size, result.instances.count)
      }
      passes.append(answer.pass)
      #expect(answer.size == PixelSize(width: 32, height: 24) && answer.found > 0)
    }
    #expect(thread.nextFailure() == nil && passes.count == 5 && passes[0] == .full)
    if policy == .fixed(interval: 2) { #expect(passes == [.full, .propagate, .full, .propagate, .full]) }
  }

  @Test func withoutAModelNothingHappens() throws {
    let thread = InferenceThread(displaySize: size)
    try frames { frame in thread.offer(frame, generation: 0) }
    thread.use(try LoadedModel.random(architecture: .enet, classCount: 3), number: 1)
    thread.use(nil, number: 0)
    try frames { frame in thread.offer(frame, generation: 0) }
    usleep(50_000)
    let isSilent = thread.nextResult() == nil && thread.nextFailure() == nil
    #expect(isSilent)
    thread.stop()
  }

  @Test func onlyTheNewestOfferIsSureToBeAnswered() throws {
    let thread = InferenceThread(displaySize: size)
    defer { thread.stop() }
    thread.use(try LoadedModel.random(architecture: .enet, classCount: 3), number: 1)
    try frames { frame in thread.offer(frame, generation: 0) }
    var times: [MediaTime] = []
    while times.last != TestVideo.time(4) { times.append(try result(thread).time) }
    #expect(times == times.sorted() && times.count <= 5)
  }

  @Test("before the first pass has ended there is a result that shows nothing")
  func blankResults() throws {
    let thread = InferenceThread(displaySize: size, policy: .realtime)
    defer { thread.stop() }
    thread.use(try LoadedModel.random(architecture: .enet, classCount: 3), number: 1)
    var decisions: [Decision] = []
    while decisions.last?.isBlank != false && decisions.count < 500 {
      try frames { frame in
        thread.offer(frame, generation: 0)
        decisions.append(
          try TestVideo.wait("a result of the network") {
            guard let result = thread.nextResult() else { return nil }
            return result.pass.decision
          })
      }
    }
    #expect(decisions.first?.isBlank == true && decisions.first?.keyReason == .first)
    #expect(decisions.last?.isBlank == false)
  }

  @Test("a frame that stands still gets masks of another size when that is what is shown", arguments: [SchedulePolicy.realtime, .every])
  func resizedMasks(policy: SchedulePolicy) throws {
    let thread = InferenceThread(displaySize: size, policy: policy)
    defer { thread.stop() }
    let loaded = try LoadedModel.random(architecture: .yolactEdge, dialect: "yolact-edge", variant: "mobilenetv2", inputSize: PixelSize(width: 96, height: 64))
    thread.use(loaded, number: 1)
    let source = try VideoSource("lavfi:testsrc2=size=64x48:rate=50:duration=0.1")
    guard let frame = try source.next() else { throw InputError("no frame") }
    for shown in [PixelSize(width: 40, height: 30), PixelSize(width: 64, height: 48), PixelSize(width: 20, height: 15)] {
      thread.offer(frame, generation: 0, shown: shown, waits: true)
      #expect(try result(thread).size == shown)
    }
  }

  @Test("frames that wait for others come in order, the last ones when no more are to come")
  func lookAhead() throws {
    var settings = MaskSettings()
    settings.looksAhead = true
    let thread = InferenceThread(displaySize: size, settings: settings, policy: .fixed(interval: 4))
    defer { thread.stop() }
    thread.use(try LoadedModel.random(architecture: .enet, classCount: 3), number: 1)
    try frames { frame in
      _ = try TestVideo.wait("room") { thread.hasRoom ? true : nil }
      thread.offer(frame, generation: 0)
    }
    _ = try TestVideo.wait("room") { thread.hasRoom ? true : nil }
    let early = try result(thread).time
    thread.offerEnd()
    var times = [early]
    while times.count < 5 { times.append(try result(thread).time) }
    #expect(times == (0..<5).map(TestVideo.time))
  }

  @Test func stopsAtOnceWhileWorkingAndTwice() throws {
    let model = try LoadedModel.random(architecture: .enet, classCount: 3)
    for wait in [0, 100, 2000, 20_000] {
      let thread = InferenceThread(displaySize: size)
      thread.use(model, number: 1)
      try frames { frame in thread.offer(frame, generation: 0) }
      usleep(UInt32(wait))
      thread.stop()
      thread.stop()
    }
  }

  @Test func stopsWhileNobodyTakesItsResults() throws {
    let thread = InferenceThread(displaySize: size)
    thread.use(try LoadedModel.random(architecture: .enet, classCount: 3), number: 1)
    for _ in 0..<6 {
      try frames { frame in
        thread.offer(frame, generation: 0)
        usleep(3000)
      }
    }
    thread.stop()
  }
}
