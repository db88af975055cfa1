import Foundation
import SegBase
import SegPlayer
import SegVideo
import Testing

@Suite struct DecodeThreadTests {
  /// What the thread handed on, without the pixels.
  private enum Note: Equatable {
    case frame(MediaTime, generation: Int)
    case end(generation: Int)
    case failure(generation: Int)
  }

  private func next(_ thread: DecodeThread) throws -> Note {
    try TestVideo.wait("an item of the decoder") {
      guard let item = thread.next() else { return nil }
      switch consume item {
      case .frame(let frame, let generation): return .frame(frame.presentationTime, generation: generation)
      case .end(let generation): return .end(generation: generation)
      case .failure(_, let generation): return .failure(generation: generation)
      }
    }
  }

  private func clip(_ count: Int, _ body: (VideoSource) throws -> Void) throws {
    try TestVideo.withFolder { folder in
      try TestVideo.write(count, to: folder + "/a.mp4")
      try body(try VideoSource(folder + "/a.mp4"))
    }
  }

  @Test func everyFrameComesInOrderAndThenTheEnd() throws {
    try clip(17) { (source) throws in
      let thread = DecodeThread(source)
      defer { thread.stop() }
      for index in 0..<17 { #expect(try next(thread) == .frame(TestVideo.time(index), generation: 0)) }
      #expect(try next(thread) == .end(generation: 0))
      usleep(20_000)
      let isSilent = thread.next() == nil
      #expect(isSilent)
    }
  }

  @Test func aSeekDropsWhatWasDecodedBefore() throws {
    try clip(30) { (source) throws in
      let thread = DecodeThread(source)
      defer { thread.stop() }
      #expect(try next(thread) == .frame(TestVideo.time(0), generation: 0))
      thread.seek(to: TestVideo.time(20))
      for index in 20..<30 { #expect(try next(thread) == .frame(TestVideo.time(index), generation: 1)) }
      #expect(try next(thread) == .end(generation: 1))
    }
  }

  @Test func ofManySeeksTheLastCounts() throws {
    try clip(30) { (source) throws in
      let thread = DecodeThread(source)
      defer { thread.stop() }
      for target in [3, 29, 11, 0, 25, 7] { thread.seek(to: TestVideo.time(target)) }
      #expect(try next(thread) == .frame(TestVideo.time(7), generation: 6))
    }
  }

  @Test func aSeekAfterTheEndGoesOn() throws {
    try clip(4) { (source) throws in
      let thread = DecodeThread(source)
      defer { thread.stop() }
      for generation in 0..<5 {
        for index in 0..<4 { #expect(try next(thread) == .frame(TestVideo.time(index), generation: generation)) }
        #expect(try next(thread) == .end(generation: generation))
        thread.seek(to: .zero)
      }
    }
  }

  @Test func stopsWhileItsQueueIsFull() throws {
    try clip(30) { (source) throws in
      let thread = DecodeThread(source)
      #expect(try next(thread) == .frame(.zero, generation: 0))
      usleep(50_000)
      thread.stop()
      let isSilent = thread.next() == nil
      #expect(isSilent)
    }
  }

  @Test func mayBeStoppedAtOnceAndTwice() throws {
    for _ in 0..<20 {
      let thread = DecodeThread(try VideoSource("lavfi:testsrc2=size=64x48:rate=30"))
      thread.stop()
      thread.stop()
    }
  }

  @Test func stopsWhileItWaitsAtTheEnd() throws {
    try clip(1) { (source) throws in
      let thread = DecodeThread(source)
      _ = try next(thread)
      #expect(try next(thread) == .end(generation: 0))
      thread.stop()
    }
  }
}
