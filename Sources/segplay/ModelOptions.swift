public import ArgumentParser
import Foundation
import SegBase
public import SegModels

extension PrecisionRequest: ExpressibleByArgument {}

/// The options that choose a network; shared by every command that runs one.
struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      The model: a name of `segplay models list`, a manifest (FILE.model), or 'none' to play without one. With --weights the network's name, which is \
      recognised where it is not given.
      """,
      valueName: "name"))
  var model: String?

  @Option(
    help: ArgumentHelp(
      """
      A checkpoint: PyTorch (.pth), safetensors, Paddle (.pdparams or a folder of variables), Caffe (.caffemodel). May be given several times; the keys \
      1...9 choose, the models of the catalogue after those given. The bundled model where there is none.
      """,
      valueName: "file"))
  var weights: [String] = []

  @Option(
    help: ArgumentHelp(
      "The names of the classes: \(ClassCatalogue.lists.map(\.name).joined(separator: ", ")), or a file with one 'name #rrggbb' a line.", valueName: "name|file"
    ))
  var classes: String?

  @Option(help: "The arithmetic of the network: auto takes the fastest that the processor and the model allow.")
  var precision: PrecisionRequest = .auto

  @Option(help: ArgumentHelp("Threads that the network may use.", valueName: "n"))
  var threads: Int?

  func validate() throws {
    if let threads, !(1...256).contains(threads) { throw ValidationError("--threads takes a number from 1 to 256") }
  }

  /// The networks that this version runs.
  static let networkNames = Architecture.allCases.map(\.rawValue)

  /// The catalogue of whoever runs the program.
  static func catalogue() -> ModelCatalogue { ModelCatalogue(folder: ModelCatalogue.userFolder(environment: ProcessInfo.processInfo.environment)) }

  /// The model to run; nil for `--model none`.
  func request() throws(InputError) -> ModelRequest? {
    let (models, first) = try shelf()
    return models.isEmpty ? nil : models[first]
  }

  /// The models in the order of their keys, and which one comes first; none for `--model none`.
  func shelf() throws(InputError) -> (models: [ModelRequest], first: Int) {
    var (models, first) = try plainShelf()
    for index in models.indices { models[index].precision = precision }
    return (models, first)
  }

  private func plainShelf() throws(InputError) -> (models: [ModelRequest], first: Int) {
    if model == "none" {
      if let first = weights.first { throw InputError("weights were given with --model none", subject: first, advice: "leave one of the two out") }
      return ([], 0)
    }
    let catalogue = Self.catalogue()
    if !weights.isEmpty {
      let given = weights.map { ModelRequest(weightsPath: $0, architecture: model, classes: classes) }
      return (given + catalogue.requests, 0)
    }
    var models = catalogue.requests
    var first = 0
    if let model {
      guard let named = try catalogue.request(named: model) else { throw unknown(model, catalogue) }
      if let index = models.firstIndex(of: named) {
        first = index
      } else {
        models.insert(named, at: 0)
      }
    }
    if let classes { models[first].classes = classes }
    return (models, first)
  }

  /// Loads a model and says on standard error what became of the file's tensors where file and network do not agree to the last one.
  static func load(_ request: ModelRequest) throws(InputError) -> LoadedModel {
    let model = try LoadedModel.load(request)
    if let path = request.weightsPath, !model.report.isTrustworthy {
      let lines = model.report.description.split(separator: "\n").joined(separator: "; ")
      StandardError.write("segplay: \(path): loaded as \(model.name), but \(lines)\n")
    }
    if let caution = model.caution { StandardError.write("segplay: \(request.weightsPath ?? model.name): \(caution)\n") }
    return model
  }

  private func unknown(_ model: String, _ catalogue: ModelCatalogue) -> InputError {
    if (try? NetworkChoice(named: model)) != nil { return InputError("no weights for this network", subject: model, advice: "give --weights FILE") }
    return InputError("unknown model", subject: model, advice: "known: none, \((catalogue.entries.map(\.name) + Self.networkNames).joined(separator: ", "))")
  }
}
