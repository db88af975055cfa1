import ArgumentParser
import Foundation
import Logging
import SegBase
import Synchronization

/// Where messages of the libraries go; nowhere unless it is said.
struct LogOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Append FFmpeg's messages to a file; they never go to the screen.", valueName: "file"))
  var log: String?

  /// Starts logging; to be called once, before anything is opened.
  /// - Throws: when the file cannot be written.
  func start() throws(InputError) {
    guard let log else {
      LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() }
      return
    }
    if !FileManager.default.fileExists(atPath: log) { _ = FileManager.default.createFile(atPath: log, contents: nil) }
    guard let file = FileHandle(forWritingAtPath: log), (try? file.seekToEnd()) != nil else {
      throw InputError("the log cannot be written", subject: log, advice: "choose another --log")
    }
    let sink = LogFile(file)
    LoggingSystem.bootstrap { FileLogHandler(label: $0, sink: sink) }
  }
}

/// A file that threads append lines to, one at a time.
private final class LogFile: Sendable {
  private let file: Mutex<FileHandle>

  init(_ file: sending FileHandle) { self.file = Mutex(file) }

  func write(_ line: String) { file.withLock { $0.write(Data((line + "\n").utf8)) } }
}

/// Writes every message of a logger as a line: time, level, label, message.
private struct FileLogHandler: LogHandler {
  let label: String
  let sink: LogFile
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.trace

  init(label: String, sink: LogFile) {
    self.label = label
    self.sink = sink
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    sink.write("\(Date().formatted(.iso8601)) \(event.level) \(label): \(event.message)")
  }
}
