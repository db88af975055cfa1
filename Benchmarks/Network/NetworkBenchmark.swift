import ArgumentParser
import SegBase
import SegGraphFile

/// `segnetworkbench`: this project's side of Benchmarks/peers.py, which compares it with other engines.
@main
struct NetworkBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "segnetworkbench", abstract: "Writes networks for other engines and runs them in turns with those.",
    subcommands: [ExportCommand.self, ServeCommand.self])
}

/// Which network at which size.
struct NetworkArguments: ParsableArguments {
  @Argument(help: ArgumentHelp("The network, such as enet or hrnet:w18.", valueName: "name"))
  var name: String

  @Argument(help: ArgumentHelp("The input's height and width.", valueName: "HxW"), transform: size)
  var size: PixelSize

  func network() throws(InputError) -> ComparedNetwork { try ComparedNetwork(named: name, size: size) }

  private static func size(_ text: String) throws -> PixelSize {
    let sides = text.split(separator: "x").map { Int($0) }
    guard sides.count == 2, let height = sides[0], let width = sides[1], (1...16_384).contains(height), (1...16_384).contains(width) else {
      throw ValidationError("'\(text)' is not a size; write HEIGHTxWIDTH, such as 512x1024.")
    }
    return PixelSize(width: width, height: height)
  }
}
