import SegBase
import SegCheckpoint
import SegModels
import SegTensor
import SegTestSupport
import Testing

/// A PyTorch network whose original's outputs for `GoldenRule`'s weights and input are known.
struct TorchGolden: CustomTestStringConvertible {
  let architecture: Architecture
  let dialect: String
  let variant: String
  /// The key list, "keys_hrnet_w18".
  let keys: String
  /// The output's file name, which is the input's name too, without the size.
  let name: String
  let size: PixelSize
  /// Rows and columns of the input for one of the output.
  var reduction = 1
  let samples: [Float]

  var testDescription: String { inputName }
  var inputName: String { "\(name)_\(size.height)x\(size.width)" }
  var step: Int { reduction == 1 ? TorchGoldenSamples.fullStep : TorchGoldenSamples.quarterStep }

  static let fastSCNN = tramac(PixelSize(width: 256, height: 128), TorchGoldenSamples.fastSCNN)
  static let fastSCNNTall = tramac(PixelSize(width: 160, height: 224), TorchGoldenSamples.fastSCNNTall)
  static let icnet = TorchGolden(
    architecture: .icnet, dialect: "liminn", variant: "resnet50", keys: "keys_icnet_pt", name: "icnet_liminn_r50_19", size: PixelSize(width: 256, height: 128),
    samples: TorchGoldenSamples.icnet)
  static let hrnetW18 = torch("w18", samples: TorchGoldenSamples.hrnetW18)
  static let hrnetSmallV1 = torch("w18-small-v1", samples: TorchGoldenSamples.hrnetSmallV1)
  static let hrnetSmallV2 = torch("w18-small-v2", samples: TorchGoldenSamples.hrnetSmallV2)
  static let hrnetSmallV2Odd = torch("w18-small-v2", PixelSize(width: 200, height: 120), samples: TorchGoldenSamples.hrnetSmallV2Odd)
  static let hrnetContext = TorchGolden(
    architecture: .hrnet, dialect: "torch-ocr", variant: "w48-ocr", keys: "keys_hrnet_ocr_w48", name: "hrnet_ocr_w48_19",
    size: PixelSize(width: 192, height: 128), reduction: 4, samples: TorchGoldenSamples.hrnetContext)

  /// One of each network with few enough parameters to be made in a moment.
  static let light = [fastSCNN, icnet, hrnetW18, hrnetSmallV1, hrnetSmallV2]
  static let all = light + [fastSCNNTall, hrnetSmallV2Odd, hrnetContext]

  private static func tramac(_ size: PixelSize, _ samples: [Float]) -> TorchGolden {
    TorchGolden(architecture: .fastSCNN, dialect: "tramac", variant: "", keys: "keys_fastscnn", name: "fastscnn_tramac_19", size: size, samples: samples)
  }

  private static func torch(_ variant: String, _ size: PixelSize = PixelSize(width: 192, height: 128), samples: [Float]) -> TorchGolden {
    let name = "hrnet_" + variant.map { $0 == "-" ? "_" : String($0) }.joined()
    return TorchGolden(
      architecture: .hrnet, dialect: "torch", variant: variant, keys: "keys_\(name)", name: "\(name)_19", size: size, reduction: 4, samples: samples)
  }

  /// Random weights.
  func random(classCount: Int = 19) throws -> LoadedModel {
    try LoadedModel.random(architecture: architecture, dialect: dialect, variant: variant, classCount: classCount)
  }

  /// The tensors that the network needs of the original's file, filled by the golden rule.
  func checkpoint() throws -> Checkpoint {
    let random = try random()
    let keys = random.tensors.names.map { (name: $0, shape: random.tensors[$0]?.shape ?? []) }
    return Checkpoint(container: .pytorchZip, tensors: GoldenRule.checkpoint(keys))
  }

  /// The shape of the logits: classes, rows, columns.
  var outputShape: [Int] { [19, size.height / reduction, size.width / reduction] }
}
