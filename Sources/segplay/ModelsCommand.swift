import ArgumentParser
import Foundation
import SegBase
import SegModels

/// `segplay models`: what can be chosen.
struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models", abstract: "Lists the models that keys choose from and the networks that run, or shows one of them.",
    discussion: """
      A model of one's own is a file NAME.model in segplay/models of XDG_DATA_HOME (~/.local/share where that is not set), with lines such as
        weights = yard.pth
        classes = yard.txt
      and where they are not to be found out: name, network, palette, input, preprocessing.
      """, subcommands: [List.self, Show.self], defaultSubcommand: List.self)

  /// `segplay models list`.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists the models of the catalogue, then the networks that weights can be given for.")

    func run() throws {
      let catalogue = ModelOptions.catalogue()
      print("models")
      var key = 0
      for entry in catalogue.entries {
        if let problem = entry.problem {
          print("  -  \(entry.name): \(problem)")
          continue
        }
        key += 1
        print("  \(key <= 9 ? String(key) : " ")  \(TableText.padded(entry.name, 24))  \(entry.manifest ?? "bundled")")
      }
      print("\nnetworks")
      for choice in NetworkChoice.all { print("     \(TableText.padded(choice.name, 34))  \(choice.network.published)") }
    }
  }

  /// `segplay models show`.
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Shows a model of the catalogue or a network: classes, input, parameters, arithmetic.")

    @Argument(help: "A name of `models list`, a manifest (FILE.model), or a network and variant such as yolact:resnet101.")
    var name: String

    @Option(help: ArgumentHelp("The input's height and width, such as 512x1024.", valueName: "HxW"), transform: PictureSize.parse)
    var size: PixelSize?

    @Option(help: ArgumentHelp("Classes of a network without weights, the background included.", valueName: "n"))
    var classes: Int?

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
      if let classes, !(2...256).contains(classes) { throw ValidationError("--classes takes a number from 2 to 256.") }
    }

    func run() throws {
      let summary = try ModelSummary(try model(), size: size)
      if json {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(summary), as: UTF8.self))
      } else {
        for line in summary.lines { print("\(TableText.padded(line.name, 26))\(line.value)") }
      }
    }

    private func model() throws(InputError) -> LoadedModel {
      if let request = try ModelOptions.catalogue().request(named: name) { return try ModelOptions.load(request) }
      return try NetworkChoice(named: name).random(classCount: classes)
    }
  }
}
