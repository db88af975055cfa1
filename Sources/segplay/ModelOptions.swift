import ArgumentParser
import Foundation
import SegBase
import SegModels

/// The precisions that networks run in.
enum Precision: String, ExpressibleByArgument, CaseIterable {
  case auto, f32
}

/// The options that choose a network; shared by every command that runs one.
struct ModelOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The network: its name, or 'none' to play without one. Recognised from the weights where it is not given.", valueName: "name"))
  var model: String?

  @Option(
    help: ArgumentHelp(
      "A checkpoint: PyTorch (.pth, .pt) or safetensors. May be given several times; the keys 1...9 choose. The bundled model where it is not given.",
      valueName: "file"))
  var weights: [String] = []

  @Option(
    help: ArgumentHelp(
      "The names of the classes: camvid11, camvid12, cityscapes19, cityscapes20, or a file with one 'name #rrggbb' a line.", valueName: "name|file"))
  var classes: String?

  @Option(help: "The arithmetic of the network.")
  var precision: Precision = .auto

  @Option(help: ArgumentHelp("Threads that the network may use.", valueName: "n"))
  var threads: Int?

  func validate() throws {
    if let threads, !(1...256).contains(threads) { throw ValidationError("--threads takes a number from 1 to 256") }
  }

  /// The name of the model that comes with the program.
  static let bundledName = "enet-street"
  /// The networks that this version runs.
  static let networkNames = Architecture.allCases.filter(\.isSupported).map(\.rawValue)

  /// The models in the order of their keys; empty for `--model none`.
  func requests() throws(InputError) -> [ModelRequest] {
    if model == "none" {
      if let first = weights.first { throw InputError("weights were given with --model none", subject: first, advice: "leave one of the two out") }
      return []
    }
    if weights.isEmpty { return [try bundledOrNamed()] }
    return weights.map { ModelRequest(weightsPath: $0, architecture: model, classes: classes) }
  }

  /// Loads a model and says on standard error what became of the file's tensors where file and network do not agree to the last one.
  static func load(_ request: ModelRequest) throws(InputError) -> LoadedModel {
    let model = try LoadedModel.load(request)
    if let path = request.weightsPath, !model.report.isTrustworthy {
      let lines = model.report.description.split(separator: "\n").joined(separator: "; ")
      StandardError.write("segplay: \(path): loaded as \(model.name), but \(lines)\n")
    }
    return model
  }

  private func bundledOrNamed() throws(InputError) -> ModelRequest {
    guard let model, model != Self.bundledName else { return ModelRequest(classes: classes) }
    if Self.networkNames.contains(model) { throw InputError("no weights for this network", subject: model, advice: "give --weights FILE") }
    throw InputError("unknown model", subject: model, advice: "known: none, \(([Self.bundledName] + Self.networkNames).joined(separator: ", "))")
  }
}
