import ArgumentParser
import Foundation
import SegGraphFile

/// `segnetworkbench export`: a network's graph, weights, and results for a fixed input.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Writes a network with random weights: graph.json, weights.safetensors, reference.safetensors.")

  @OptionGroup var arguments: NetworkArguments

  @Argument(help: ArgumentHelp("The folder to write to.", valueName: "folder"))
  var folder: String

  func run() throws { try NetworkFolder.write(try arguments.network(), to: URL(fileURLWithPath: folder)) }
}
