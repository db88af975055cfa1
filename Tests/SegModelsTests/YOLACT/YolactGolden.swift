import SegBase
import SegCheckpoint
import SegTensor
import SegTestSupport
import Testing

@testable import SegModels

/// Runs YolactEdge's networks on the reference's weights and pictures.
enum YolactGolden {
  private static let size = PixelSize(width: 550, height: 550)

  /// A model with every tensor of a variant, filled by the golden rule.
  static func model(_ dialect: String, _ variant: String, classCount: Int) throws -> LoadedModel {
    let random = try LoadedModel.random(architecture: .yolactEdge, dialect: dialect, variant: variant, classCount: classCount)
    let keys = random.tensors.names.map { (name: $0, shape: random.tensors[$0]?.shape ?? []) }
    return try LoadedModel(Checkpoint(container: .safetensors, tensors: GoldenRule.checkpoint(keys)))
  }

  /// The outputs for the picture "<name>_key".
  static func outputs(of model: LoadedModel, _ name: String) throws -> NamedTensors { try RawInference(model, threads: 2).run(input("\(name)_key")) }

  /// The outputs for "<name>_key" as a keyframe, and for the frame after it, nine tenths of the first and two tenths of "<name>_next".
  ///
  /// The reference made its backbone for the second frame when the rest was in evaluation mode already, so that one normalised by the frame's own mean and
  /// variance.
  static func videoOutputs(of model: LoadedModel, _ name: String) throws -> NamedTensors {
    let first = input("\(name)_key")
    let second = Tensor(shape: first.shape, floats: zip(first.floats(), input("\(name)_next").floats()).map { $0 * 0.9 + 0.2 * $1 })
    return try RawInference(model, threads: 2).run(first, next: second, statistics: .frame)
  }

  private static func input(_ name: String) -> Tensor { GoldenRule.input(name, shape: [1, 3, size.height, size.width]) }
}
