import Foundation
import Glibc
import SegBase
import SegVideo
import Synchronization
import Testing

/// Videos that come through a named pipe.
@Suite struct PipeReaderTests {
  private final class Box<Value>: @unchecked Sendable {
    // One thread writes it before the other is told by `signal`.
    let value: Value
    init(_ value: Value) { self.value = value }
  }

  /// Starts a thread that writes `data` into the pipe and then waits for `end` before it closes it.
  private func feed(_ path: String, _ data: Data, until end: DispatchSemaphore?) {
    Thread {
      signal(SIGPIPE, SIG_IGN)
      let descriptor = open(path, O_WRONLY)
      data.withUnsafeBytes { bytes in
        var done = 0
        while done < bytes.count {
          let count = write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
          if count <= 0 { break }
          done += count
        }
      }
      end?.wait()
      close(descriptor)
    }.start()
  }

  @Test func videoComesThroughAPipe() throws {
    let folder = try TestClip.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let data = try Data(contentsOf: URL(fileURLWithPath: try TestClip.write(times: TestClip.times(60), folder: folder, name: "clip.mkv")))
    mkfifo(folder + "/pipe", 0o600)
    feed(folder + "/pipe", data, until: nil)
    let source = try VideoSource(folder + "/pipe")
    #expect(!source.information.isSeekable)
    // Forward is possible by decoding on, backward is not.
    try source.seek(to: MediaTime(microseconds: 1_000_000))
    #expect(try TestClip.next(source)?.time == 1_000_000)
    #expect(throws: InputError.self) { try source.seek(to: .zero) }
    #expect(try TestClip.play(source).map(\.number) == Array(31..<60))
  }

  @Test func interruptStopsAReadThatWaits() throws {
    let folder = try TestClip.folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let data = try Data(contentsOf: URL(fileURLWithPath: try TestClip.write(times: TestClip.times(60), folder: folder, name: "clip.mkv")))
    mkfifo(folder + "/pipe", 0o600)
    let release = DispatchSemaphore(value: 0)
    // libavformat buffers ahead, so the writer stalls near the end.
    feed(folder + "/pipe", data, until: release)
    let source = Box(try VideoSource(folder + "/pipe"))
    let done = DispatchSemaphore(value: 0)
    Thread {
      while (try? TestClip.next(source.value)) != nil {}
      done.signal()
    }.start()
    #expect(done.wait(timeout: .now() + 0.3) == .timedOut)
    source.value.interrupt()
    #expect(done.wait(timeout: .now() + 10) == .success)
    #expect(try TestClip.next(source.value) == nil)
    release.signal()
  }
}
