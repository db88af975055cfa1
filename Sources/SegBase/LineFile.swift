internal import Glibc
internal import Synchronization

/// A text file that is written line by line under a temporary name and gets its own name at the end, so that nothing under that name is ever cut off.
///
/// Each line is written at once and as a whole. A file that is dropped unfinished keeps the lines that were written; one without a line is never there. What is
/// no regular file (a pipe, a device) is written to directly. Every method may be called on any thread.
public final class LineFile: Sendable {
  private struct State: ~Copyable, Sendable {
    var file: TemporaryFile?
    var descriptor: Int32
    var lines = 0

    init(descriptor: Int32) { self.descriptor = descriptor }
  }

  private let path: String
  private let state: Mutex<State>

  /// Begins the file of that name. Throws when it cannot be written.
  public init(_ path: String) throws(InputError) {
    self.path = path
    var status = stat()
    let isSpecial = stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG && status.st_mode & S_IFMT != S_IFDIR
    var begun = State(descriptor: -1)
    var place = path
    if !isSpecial {
      let file = try TemporaryFile(for: path)
      place = file.temporaryPath
      begun.file = consume file
    }
    begun.descriptor = open(place, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    if begun.descriptor < 0 { throw Self.failure(path, errno) }
    state = Mutex(begun)
  }

  deinit { try? finish() }

  /// Adds a line, which has no line break. Throws when it cannot be written, or the file is finished.
  public func write(_ line: String) throws(InputError) {
    let path = path
    let bytes = Array((line + "\n").utf8)
    try state.withLock { (state) throws(InputError) in
      var done = 0
      while done < bytes.count {
        let count = bytes.withUnsafeBytes { Glibc.write(state.descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done) }
        if count < 0 && errno == EINTR { continue }
        if count <= 0 {
          let failure = Self.failure(path, errno)
          // What a full disk took of the line goes again.
          if done > 0 { ftruncate(state.descriptor, lseek(state.descriptor, 0, SEEK_CUR) - off_t(done)) }
          throw failure
        }
        done += count
      }
      state.lines += 1
    }
  }

  /// Gives the file its name; nothing can be written afterwards. May be called more than once. Throws when the name cannot be given.
  public func finish() throws(InputError) {
    let path = path
    try state.withLock { (state) throws(InputError) in
      if state.descriptor < 0 { return }
      let isClosed = close(state.descriptor) == 0
      let failure = isClosed ? nil : Self.failure(path, errno)
      state.descriptor = -1
      if state.lines > 0 { try state.file?.commit() }
      state.file = nil
      if let failure { throw failure }
    }
  }

  private static func failure(_ path: String, _ number: Int32) -> InputError {
    InputError("cannot be written: \(String(cString: strerror(number)))", subject: path, advice: "check the folder and the space on the disk")
  }
}
