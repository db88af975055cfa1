public import ArgumentParser
import Foundation
import SegGraphFile
public import SegModels

extension PrecisionRequest: ExpressibleByArgument {}

/// `segnetworkbench serve`: runs a network whenever asked to, so that several engines are timed in turns.
///
/// Prints a JSON object when it is ready: the arithmetic that it chose, and how far that is from single precision. Each line it reads is a number of runs; the
/// answer is a line with the milliseconds of each, by the wall's clock or by the time that the process had a processor; one run before them is not counted.
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "serve", abstract: "Runs a network as often as each line of standard input says.")

  enum End: String, ExpressibleByArgument {
    case labels, outputs
  }

  enum Clock: String, ExpressibleByArgument {
    case wall, processor

    /// Milliseconds since some time.
    var now: Double {
      var time = timespec()
      clock_gettime(self == .wall ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID, &time)
      return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
    }
  }

  @OptionGroup var arguments: NetworkArguments

  @Option(help: "The arithmetic of the network.")
  var precision = PrecisionRequest.float32

  @Option(help: ArgumentHelp("What a run ends with; networks that find instances have outputs only.", valueName: "labels|outputs"))
  var until = End.labels

  @Option(help: ArgumentHelp("Whose time is counted.", valueName: "wall|processor"))
  var clock = Clock.wall

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
    while let line = readLine(), let count = Int(line) {
      runner.run()
      let times = (0..<count).map { _ in
        let start = clock.now
        runner.run()
        return clock.now - start
      }
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
