public import ArgumentParser
import Foundation
import SegGraphFile
public import SegModels

extension PrecisionRequest: ExpressibleByArgument {}

/// `segnetworkbench serve`: runs a network whenever asked to, so that several engines are timed in turns.
///
/// Prints a JSON object when it is ready: the arithmetic that it chose, and how far that is from single precision. Each line it reads is a number of runs; the
/// answer is a line with the milliseconds of each, one run before them not counted.
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "serve", abstract: "Runs a network as often as each line of standard input says.")

  enum End: String, ExpressibleByArgument {
    case labels, outputs
  }

  @OptionGroup var arguments: NetworkArguments

  @Option(help: "The arithmetic of the network.")
  var precision = PrecisionRequest.float32

  @Option(help: ArgumentHelp("What a run ends with; networks that find instances have outputs only.", valueName: "labels|outputs"))
  var until = End.labels

  @Option(help: ArgumentHelp("Threads that the network may use.", valueName: "n"))
  var threads = 1

  /// What is printed first.
  private struct Facts: Encodable {
    var variant: String?
    var error: Float?
    var agreement: Double?
  }

  func validate() throws {
    if !(1...256).contains(threads) { throw ValidationError("--threads takes a number from 1 to 256.") }
  }

  func run() throws {
    let network = try arguments.network()
    let runner = try NetworkRunner(network, precision: precision, threads: threads, makesLabels: until == .labels)
    runner.run()
    print(String(decoding: try JSONEncoder().encode(try facts(runner, network)), as: UTF8.self))
    fflush(nil)
    let clock = ContinuousClock()
    while let line = readLine(), let count = Int(line) {
      runner.run()
      let times = (0..<count).map { _ in clock.measure { runner.run() } / .milliseconds(1) }
      print(times.map { "\($0)" }.joined(separator: " "))
      fflush(nil)
    }
  }

  private func facts(_ runner: NetworkRunner, _ network: ComparedNetwork) throws -> Facts {
    if precision == .float32 { return Facts() }
    let exact = try NetworkRunner(network, makesLabels: until == .labels)
    exact.run()
    return Facts(
      variant: precision == .auto ? runner.precision : nil, error: runner.largestRelativeError(from: exact), agreement: runner.agreement(with: exact))
  }
}
