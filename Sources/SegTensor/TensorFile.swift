import Glibc
public import SegBase
import Synchronization

/// An open file that tensors lie in: their bytes are read from it each time they are needed. For any thread.
///
/// Reading does not throw, so that such tensors are used like those in memory. What cannot be read is zeros, and the first thing that went wrong is kept as
/// `failure`: whoever made something of the tensors asks for it afterwards, see `NamedTensors.checkFiles`. A file that another takes the name of stays open as
/// it was; one that is written to is of no use any more.
public final class TensorFile: Sendable {
  /// Bytes of the file.
  public let size: Int
  private let path: String
  private let descriptor: Int32
  private let modified: (seconds: Int, nanoseconds: Int)
  private let problem = Mutex<InputError?>(nil)

  /// Keeps the file of an open descriptor open, by a descriptor of its own that is closed with the last tensor; `path` is its name for errors.
  /// Throws when the system refuses.
  public init(duplicating descriptor: Int32, path: String) throws(InputError) {
    let own = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    var status = stat()
    if own < 0 || fstat(own, &status) != 0 {
      let number = errno
      if own >= 0 { close(own) }
      throw InputError("cannot be read: \(String(cString: strerror(number)))", subject: path)
    }
    (self.descriptor, self.path, size) = (own, path, Int(status.st_size))
    modified = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
  }

  deinit { close(descriptor) }

  /// What went wrong first since the file was opened; nil when nothing did.
  public var failure: InputError? { problem.withLock { $0 } }

  /// Throws what went wrong since the file was opened, a change of the file included.
  public func check() throws(InputError) {
    noticeChange()
    if let failure { throw failure }
  }

  /// Fills `target` with the bytes from `offset` on.
  func read(into target: UnsafeMutableRawBufferPointer, at offset: Int) {
    var done = 0
    while done < target.count, let start = target.baseAddress {
      let count = pread(descriptor, start + done, target.count - done, off_t(offset + done))
      if count < 0, errno == EINTR { continue }
      if count < 0 { fail(InputError("cannot be read: \(String(cString: strerror(errno)))", subject: path)) }
      if count <= 0 { break }
      done += count
    }
    noticeChange()
    if done == target.count { return }
    fail(changed)
    UnsafeMutableRawBufferPointer(rebasing: target[done...]).initializeMemory(as: UInt8.self, repeating: 0)
  }

  private var changed: InputError { InputError("changed while it was in use", subject: path, advice: "start again") }

  private func noticeChange() {
    var status = stat()
    if fstat(descriptor, &status) == 0, Int(status.st_size) == size, (status.st_mtim.tv_sec, status.st_mtim.tv_nsec) == modified { return }
    fail(changed)
  }

  private func fail(_ error: InputError) { problem.withLock { $0 = $0 ?? error } }
}
