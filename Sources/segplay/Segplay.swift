import ArgumentParser
import Foundation
import SegBase

/// The command line: `segplay [play] VIDEO ...`, and the other commands.
@main
struct Segplay: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "segplay",
    abstract: "Plays a video in the terminal with a segmentation network's coloured masks and live figures on it.",
    discussion: "Without VIDEO and --weights, the bundled model plays the bundled street.",
    version: "0.1.0",
    subcommands: [
      PlayCommand.self, ExportCommand.self, EvaluateCommand.self, BenchCommand.self, InferCommand.self, ModelsCommand.self, InspectCommand.self,
      CalibrateCommand.self,
    ],
    defaultSubcommand: PlayCommand.self)

  /// Runs the command that the arguments name. Bad input ends with one line on standard error and exit code 1, wrong usage with one and 64.
  static func main() {
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let error as InputError {
      StandardError.write("segplay: \(error)\n")
      Foundation.exit(1)
    } catch {
      if exitCode(for: error) != .validationFailure { exit(withError: error) }
      let message = self.message(for: error).split(whereSeparator: \.isNewline).joined(separator: " ")
      StandardError.write("segplay: \(message) (--help shows how)\n")
      Foundation.exit(ExitCode.validationFailure.rawValue)
    }
  }
}
