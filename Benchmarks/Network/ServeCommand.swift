import ArgumentParser
@preconcurrency import Glibc
import SegGraph
import SegGraphFile

/// `segnetworkbench serve`: runs a network whenever asked to, so that several engines are timed in turns.
///
/// Prints a line when it is ready. Each line it reads is a number of runs; the answer is a line with the milliseconds of each, one run before them not counted.
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "serve", abstract: "Runs a network as often as each line of standard input says.")

  enum End: String, ExpressibleByArgument {
    case labels, outputs
  }

  @OptionGroup var arguments: NetworkArguments

  @Option(help: ArgumentHelp("The arithmetic of the network.", valueName: "precision"))
  var precision = "f32"

  @Option(help: ArgumentHelp("What a run ends with; networks that find instances have outputs only.", valueName: "labels|outputs"))
  var until = End.labels

  @Option(help: ArgumentHelp("Threads that the network may use.", valueName: "n"))
  var threads = 1

  func validate() throws {
    if precision != "f32" { throw ValidationError("networks run in f32 only") }
    if !(1...256).contains(threads) { throw ValidationError("--threads takes a number from 1 to 256.") }
  }

  func run() throws {
    let network = try arguments.network()
    let runner = try NetworkRunner(network, threads: threads, makesLabels: until == .labels)
    runner.setInput(NetworkFolder.input(network.graph.shape(of: network.graph.inputs[0])))
    runner.run()
    print("ready")
    fflush(stdout)
    let clock = ContinuousClock()
    while let line = readLine(), let count = Int(line) {
      runner.run()
      let times = (0..<count).map { _ in clock.measure { runner.run() } / .milliseconds(1) }
      print(times.map { "\($0)" }.joined(separator: " "))
      fflush(stdout)
    }
  }
}
