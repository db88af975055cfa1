import CFileView
import Foundation
import SegBase
import SegTensor
import SegTestSupport
import Synchronization
import Testing

@testable import SegCheckpoint

private let pageSize = Int(getpagesize())

/// Calls `body` with the path of a file of that many bytes, all of them 1, which is removed afterwards.
private func withFile<Result>(_ count: Int, _ body: (String) throws -> Result) throws -> Result {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
  defer { try? FileManager.default.removeItem(atPath: path) }
  try Data(repeating: 1, count: count).write(to: URL(fileURLWithPath: path))
  return try body(path)
}

private let caught = Atomic(0)

/// Views are one at a time, and so are these tests: handlers of signals belong to the whole process.
@Suite(.serialized)
struct FileViewTests {
  @Test("a file that is cut short while it is looked at shows zeros, and closing tells")
  func truncation() throws {
    try withFile(3 * pageSize) { path in
      let descriptor = open(path, O_RDONLY)
      defer { close(descriptor) }
      let view = UnsafeRawBufferPointer(start: try #require(seg_view_open(descriptor, 3 * pageSize)), count: 3 * pageSize)
      #expect(view[0] == 1 && view[3 * pageSize - 1] == 1)
      #expect(truncate(path, off_t(pageSize)) == 0)
      #expect(view[pageSize - 1] == 1)
      #expect(view[2 * pageSize] == 0 && view[3 * pageSize - 1] == 0 && view[pageSize] == 0)
      #expect(seg_view_close() == -1)
    }
    try withFile(5) { path in
      let descriptor = open(path, O_RDONLY)
      defer { close(descriptor) }
      let view = UnsafeRawBufferPointer(start: try #require(seg_view_open(descriptor, 5)), count: 5)
      #expect(Array(view) == [1, 1, 1, 1, 1])
      #expect(seg_view_close() == 0)
    }
  }

  @Test("a fault that is none of the view's goes to the handler that was there before, which is there again afterwards")
  func otherFaults() throws {
    var (mine, before) = (sigaction(), sigaction())
    mine.__sigaction_handler.sa_handler = { _ in caught.add(1, ordering: .relaxed) }
    sigaction(SIGBUS, &mine, &before)
    defer { sigaction(SIGBUS, &before, nil) }
    try withFile(1) { path in
      let descriptor = open(path, O_RDONLY)
      defer { close(descriptor) }
      let start = caught.load(ordering: .relaxed)
      #expect(seg_view_open(descriptor, 1) != nil)
      raise(SIGBUS)
      raise(SIGBUS)
      #expect(caught.load(ordering: .relaxed) == start + 2)
      #expect(seg_view_close() == 0)
      raise(SIGBUS)
      #expect(caught.load(ordering: .relaxed) == start + 3)
    }
  }

  @Test("a handler that is installed while there is a view stays")
  func laterHandlers() throws {
    var (mine, before) = (sigaction(), sigaction())
    mine.__sigaction_handler.sa_handler = { _ in caught.add(1, ordering: .relaxed) }
    try withFile(1) { path in
      let descriptor = open(path, O_RDONLY)
      defer { close(descriptor) }
      sigaction(SIGBUS, nil, &before)
      defer { sigaction(SIGBUS, &before, nil) }
      #expect(seg_view_open(descriptor, 1) != nil)
      sigaction(SIGBUS, &mine, nil)
      #expect(seg_view_close() == 0)
      let start = caught.load(ordering: .relaxed)
      raise(SIGBUS)
      #expect(caught.load(ordering: .relaxed) == start + 1)
    }
  }

  @Test("what cannot be mapped is not")
  func noView() {
    #expect(seg_view_open(-1, 10) == nil)
    #expect(errno == EBADF)
  }

  @Test("a weight file that is cut short while it is parsed is one clear error, whatever the parser made of it")
  func weightFile() throws {
    for doesFail in [false, true] {
      try withFile(4 * pageSize) { path in
        let error = try #require(throws: InputError.self) {
          try WeightFile.parse(path: path, largestHeld: 0) { (source) throws(InputError) in
            #expect(truncate(path, 10) == 0)
            #expect(source.bytes[9] == 1 && source.bytes[3 * pageSize] == 0)
            if doesFail { throw InputError("nonsense") }
          }
        }
        #expect(error.description == "\(path): changed while it was in use (start again)")
      }
    }
  }
}
