public import ArgumentParser
import SegBase
import SegCheckpoint
public import SegModels
import SegTensor

extension RawInference.Statistics: ExpressibleByArgument {}

/// `segplay infer`: raw tensors in and out, without preprocessing.
struct InferCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "infer", abstract: "Runs a network on a raw tensor and writes its raw output.")

  @Option(help: ArgumentHelp("The network; recognised from the weights where it is not given.", valueName: "name"))
  var model: String?

  @Option(help: ArgumentHelp("The checkpoint.", valueName: "file"))
  var weights: String

  @Option(help: ArgumentHelp("The input as a NumPy file of shape (1, 3, height, width), used as it is.", valueName: "X.npy"))
  var input: String

  @Option(help: ArgumentHelp("A second frame of the same shape, run between keyframes.", valueName: "Y.npy"))
  var next: String?

  @Option(
    help: ArgumentHelp(
      "Whose mean and variance normalise the second frame's backbone: its own ('frame', as in the reference outputs of the original code) or the 'checkpoint''s, as in playback.",
      valueName: "frame|checkpoint"))
  var nextStatistics = RawInference.Statistics.frame

  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "The file to write: 'logits' (1, classes, height, width), or 'loc', 'conf', 'mask', 'proto' and 'p3' to 'p7' of networks that find objects; with --next each under 'key.' and 'nonkey.'.",
      valueName: "OUT.safetensors"))
  var output: String

  @Option(help: ArgumentHelp("Threads that the network may use.", valueName: "n"))
  var threads = 1

  func validate() throws {
    if !(1...256).contains(threads) { throw ValidationError("--threads takes a number from 1 to 256") }
  }

  func run() throws {
    let loaded = try ModelOptions.load(ModelRequest(weightsPath: weights, architecture: model))
    let first = try Self.frame(input)
    let second = try next.map(Self.frame)
    try Safetensors.write(try RawInference(loaded, threads: threads).run(first, next: second, statistics: nextStatistics), to: output)
  }

  private static func frame(_ path: String) throws -> Tensor {
    let tensor = try NumpyFile.read(path: path)
    guard tensor.shape.count == 4, tensor.shape[0] == 1, tensor.shape[1] == 3, tensor.shape[2] > 0, tensor.shape[3] > 0 else {
      throw InputError("not a tensor of shape (1, 3, height, width) but \(tensor.shape)", subject: path)
    }
    return tensor
  }
}
