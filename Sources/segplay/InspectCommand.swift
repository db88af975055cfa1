import ArgumentParser
import SegBase
import SegCheckpoint
import SegModels

/// `segplay inspect`: what is in a checkpoint.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Prints a checkpoint's tensors and the network and number of classes that are recognised in it, and what its calibration holds.")

  @Argument(help: "A checkpoint: PyTorch (.pth, .pt), safetensors, Paddle (.pdparams, or the folder of a static model) or Caffe (.caffemodel).")
  var file: String

  func run() throws {
    let checkpoint = try Checkpoint.open(path: file)
    print(InspectionReport(checkpoint, path: file).lines.joined(separator: "\n"))
  }
}
