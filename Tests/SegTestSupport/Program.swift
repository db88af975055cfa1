public import Foundation

/// Runs the built `segplay`, as a user or a script does: without a terminal.
public enum Program {
  /// What a run left behind.
  public struct Outcome: Sendable {
    /// The exit status; negative: the number of the signal that ended it.
    public var status: Int32
    /// Standard output.
    public var output: String
    /// Standard error.
    public var errors: String
  }

  /// The built program: beside the test bundle, in the build folder of the same configuration.
  public static let path: String = {
    var folder = Bundle.main.bundleURL
    for bundle in Bundle.allBundles where bundle.bundlePath.hasSuffix(".xctest") { folder = bundle.bundleURL.deletingLastPathComponent() }
    let candidates = [folder, URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()].map { $0.appendingPathComponent("segplay").path }
    return candidates.first { FileManager.default.isExecutableFile(atPath: $0) } ?? candidates[0]
  }()

  /// Runs the program to its end, at most `seconds`, after which it is killed.
  /// - Throws: when it cannot be started.
  public static func run(_ arguments: [String], input: FileHandle = .nullDevice, seconds: Double = 120) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    // A catalogue of whoever runs the tests is not part of them.
    process.environment = ProcessInfo.processInfo.environment.merging(["XDG_DATA_HOME": "/nonexistent"]) { $1 }
    process.standardInput = input
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let identifier = process.processIdentifier
    let deadline = DispatchWorkItem { kill(identifier, SIGKILL) }
    DispatchQueue.global().asyncAfter(deadline: .now() + seconds, execute: deadline)
    let collected = Collected()
    let reader = Thread {
      collected.errors = errors.fileHandleForReading.readDataToEndOfFile(); collected.done.signal()
    }
    reader.start()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    collected.done.wait()
    process.waitUntilExit()
    deadline.cancel()
    return Outcome(
      status: process.terminationReason == .uncaughtSignal ? -process.terminationStatus : process.terminationStatus,
      output: String(decoding: text, as: UTF8.self),
      errors: String(decoding: collected.errors, as: UTF8.self))
  }

  /// A new empty folder for a test's files; removed by `body`'s end.
  public static func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("segplay-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }
}

private final class Collected: @unchecked Sendable {
  // Safe to share: `errors` is written before `done` is signalled and read after it was waited for.
  var errors = Data()
  let done = DispatchSemaphore(value: 0)
}
