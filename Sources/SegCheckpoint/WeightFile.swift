import CFileView
import Glibc
import SegBase
import SegTensor

/// Reading of files with weights: small ones are read as a whole; large ones stay open, and their tensors are read when they are needed.
enum WeightFile {
  /// The largest file that is read as a whole, in bytes: 16 MiB.
  static let largestHeld = 16 << 20

  /// Parses a file by `body`, whose bytes are there for the time of the call; files of more than `largestHeld` bytes are only looked at. The subject of the
  /// errors becomes the path. Throws when the file cannot be read or is written to meanwhile.
  static func parse<Result>(
    path: String, largestHeld: Int = largestHeld, _ body: (TensorSource) throws(InputError) -> Result
  ) throws(InputError) -> Result {
    let descriptor = try InputFile.open(path: path)
    defer { close(descriptor) }
    return try parse(descriptor: descriptor, path: path, limit: InputFile.largestSize, largestHeld: largestHeld, body)
  }

  /// Parses the open file of that descriptor, of at most `limit` bytes; `path` is its name for errors. Throws as the other `parse` does.
  static func parse<Result>(
    descriptor: Int32, path: String, limit: Int, largestHeld: Int = largestHeld, _ body: (TensorSource) throws(InputError) -> Result
  ) throws(InputError) -> Result {
    let size = try InputFile.size(descriptor: descriptor, path: path, limit: limit)
    do {
      if size > max(0, largestHeld), let result = try view(descriptor, path: path, body) { return result }
      let bytes = try InputFile.read(descriptor: descriptor, path: path, limit: limit)
      return try bytes.withUnsafeBufferPointer { (buffer) throws(InputError) in try body(TensorSource(UnsafeRawBufferPointer(buffer))) }
    } catch {
      throw InputError(error.problem, subject: path, advice: error.advice)
    }
  }

  /// Parses a file where it lies: of its pages those that the parser touches are in memory, until it is done. Nil where the file's system cannot do that.
  private static func view<Result>(
    _ descriptor: Int32, path: String, _ body: (TensorSource) throws(InputError) -> Result
  ) throws(InputError) -> Result? {
    let file = try TensorFile(duplicating: descriptor, path: path)
    guard let start = seg_view_open(descriptor, file.size) else { return nil }
    let result = Swift.Result { () throws(InputError) in try body(TensorSource(UnsafeRawBufferPointer(start: start, count: file.size), of: file)) }
    let isWhole = seg_view_close() == 0
    // What a parser says of bytes that were not the file's would mislead.
    try file.check()
    if !isWhole { throw InputError("cannot be read: \(InputFile.systemMessage(EIO))") }
    return try result.get()
  }
}
