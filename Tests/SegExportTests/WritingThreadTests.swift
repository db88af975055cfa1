import SegBase
import Testing

@testable import SegExport

/// Notes what it is given; with a gate it waits there before each picture.
private final class NotingWriter: FrameWriter {
  private let gate: BoundedQueue<Int>?
  private let failsAt: Int?
  private let failsToFinish: Bool
  private(set) var indices: [Int] = []
  private(set) var firstBytes: [UInt8] = []
  private(set) var isFinished = false

  init(gate: BoundedQueue<Int>? = nil, failsAt: Int? = nil, failsToFinish: Bool = false) {
    (self.gate, self.failsAt, self.failsToFinish) = (gate, failsAt, failsToFinish)
  }

  func append(_ picture: borrowing PixelImage, index: Int, presentationTime: MediaTime, duration: MediaTime?) throws(InputError) {
    _ = gate?.next()
    if index == failsAt { throw InputError("no space", subject: "\(index)") }
    indices.append(index)
    firstBytes.append(picture.withBytes { $0[0] })
  }

  func finish() throws(InputError) {
    if failsToFinish { throw InputError("cannot finish") }
    isFinished = true
  }
}

@Suite struct WritingThreadTests {
  private func append(_ thread: WritingThread, _ index: Int) throws {
    try thread.append(TestFolder.picture(index % 20), index: index, presentationTime: .zero, duration: nil)
  }

  @Test func everyPictureIsWrittenInOrderWithItsOwnPixels() throws {
    let writer = NotingWriter()
    let thread = WritingThread(writer)
    for index in 0..<50 { try append(thread, index) }
    #expect(try thread.finish() == 50)
    #expect(writer.indices == Array(0..<50))
    let expected: [UInt8] = (0..<50).map { index in UInt8(20 + (index % 20) * 8) }
    #expect(writer.firstBytes == expected)
    #expect(writer.isFinished)
  }

  @Test func aPictureIsRefusedWhileTheWriterIsBehind() throws {
    let gate = BoundedQueue<Int>(capacity: 1)
    let writer = NotingWriter(gate: gate)
    let thread = WritingThread(writer)
    var accepted: [Int] = []
    for index in 0..<10 {
      if try thread.tryAppend(TestFolder.picture(0), index: index, presentationTime: .zero, duration: nil) { accepted.append(index) }
    }
    #expect((3...4).contains(accepted.count))
    gate.close()
    #expect(try thread.finish() == accepted.count)
    #expect(writer.indices == accepted)
  }

  @Test func anErrorOfTheWriterIsThrownLaterAndNothingMoreIsWritten() throws {
    let writer = NotingWriter(failsAt: 2)
    let thread = WritingThread(writer)
    let error = #expect(throws: InputError.self) { for index in 0..<1000 { try append(thread, index) } }
    #expect(error?.problem == "no space")
    #expect(throws: InputError.self) { try thread.tryAppend(TestFolder.picture(0), index: 0, presentationTime: .zero, duration: nil) }
    thread.abandon()
    #expect(writer.indices == [0, 1])
    #expect(!writer.isFinished)
  }

  @Test(arguments: [NotingFailure.atTheLastPicture, .atTheEnd]) func mayBeAbandonedAfterFinishHasFailed(failure: NotingFailure) throws {
    let thread = WritingThread(NotingWriter(failsAt: failure == .atTheLastPicture ? 0 : nil, failsToFinish: failure == .atTheEnd))
    _ = try? append(thread, 0)
    #expect(throws: InputError.self) { try thread.finish() }
    thread.abandon()
  }

  @Test func abandoningDropsWhatIsQueued() throws {
    let gate = BoundedQueue<Int>(capacity: 1)
    let writer = NotingWriter(gate: gate)
    let thread = WritingThread(writer)
    for index in 0..<3 { try append(thread, index) }
    gate.close()
    thread.abandon()
    #expect(writer.indices == Array(0..<writer.indices.count) && !writer.isFinished)
  }
}

/// Where a writer fails.
enum NotingFailure: Sendable { case atTheLastPicture, atTheEnd }
