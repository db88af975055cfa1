import Glibc
public import SegBase

/// Reading of whole files whose size decides how much memory is taken.
///
/// Files are read, not mapped: a mapped file that another program cuts short kills the process. Only large weight files are, guarded against that, while they
/// are parsed (`WeightFile`).
public enum InputFile {
  /// The largest file that is read, in bytes: 8 GiB.
  public static let largestSize = 8 << 30

  /// The bytes of a regular file of at most `limit` bytes. Throws when it is missing, unreadable, not a regular file, or too large.
  public static func read(path: String, limit: Int = largestSize) throws(InputError) -> [UInt8] {
    let descriptor = try open(path: path)
    defer { close(descriptor) }
    return try read(descriptor: descriptor, path: path, limit: limit)
  }

  /// A descriptor for reading the file of that path, which the caller closes. Throws when it is missing or unreadable.
  static func open(path: String) throws(InputError) -> Int32 {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if descriptor < 0 { throw InputError("cannot be opened: \(systemMessage(errno))", subject: path) }
    return descriptor
  }

  /// Bytes of the open file of that descriptor; `path` is its name for errors. Throws when it is not a regular file, or has more than `limit` bytes.
  static func size(descriptor: Int32, path: String, limit: Int) throws(InputError) -> Int {
    var status = stat()
    if fstat(descriptor, &status) != 0 { throw InputError("cannot be read: \(systemMessage(errno))", subject: path) }
    if status.st_mode & S_IFMT == S_IFDIR { throw InputError("is a folder, not a file", subject: path) }
    if status.st_mode & S_IFMT != S_IFREG { throw InputError("is not a regular file", subject: path) }
    let size = Int(status.st_size)
    if size > limit { throw InputError("is too large: \(size) bytes, where at most \(limit) are read", subject: path) }
    return size
  }

  /// The bytes of the open regular file of that descriptor; `path` is its name for errors. Throws as the other `read` does.
  static func read(descriptor: Int32, path: String, limit: Int) throws(InputError) -> [UInt8] {
    let size = try size(descriptor: descriptor, path: path, limit: limit)
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let got = Glibc.read(descriptor, buffer.baseAddress.map { $0 + count }, size - count)
        if got < 0 && errno == EINTR { continue }
        if got < 0 { failure = errno }
        if got <= 0 { break }
        count += got
      }
    }
    if failure != 0 { throw InputError("cannot be read: \(systemMessage(failure))", subject: path) }
    return bytes
  }

  /// Whether there is a folder of that path.
  static func isFolder(path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Reads a file and calls `body` with its bytes; the subject of its errors becomes the path.
  static func parse<Result>(path: String, _ body: (UnsafeRawBufferPointer) throws(InputError) -> Result) throws(InputError) -> Result {
    let bytes = try read(path: path)
    do {
      return try bytes.withUnsafeBufferPointer { (buffer) throws(InputError) in try body(UnsafeRawBufferPointer(buffer)) }
    } catch {
      throw InputError(error.problem, subject: path, advice: error.advice)
    }
  }

  /// The system's words for an error number.
  static func systemMessage(_ number: Int32) -> String { String(cString: strerror(number)) }
}
