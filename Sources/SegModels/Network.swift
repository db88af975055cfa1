import SegBase
import SegGraph
import SegTensor

/// A network this version can run, as a value: how its checkpoints are recognised, what its input is, and how its graph is made.
///
/// Another network is another value in `all`.
public struct Network: Sendable {
  /// The family.
  public let architecture: Architecture
  /// Which implementation's checkpoints these are: "davidtvs", "zh320".
  public let dialect: String
  /// What is done to a picture before it goes in.
  public let preprocessing: Preprocessing
  /// Height and width of the input are multiples of this.
  public let sizeDivisor: Int
  /// The size the network was made for, by its class count; larger pictures are reduced to as many pixels.
  let nativeSize: @Sendable (Int) -> PixelSize
  /// Keys that a checkpoint of this dialect has; the first finds the prefix of all keys.
  let signature: [String]
  /// Keys that tell another dialect.
  let foreign: [String]
  /// The tensors and axes that show the class count; the first that is there counts.
  let classAxis: [(key: String, axis: Int)]
  /// Keys whose presence decides about the structure, as in the usual checkpoint; for random weights.
  let syntheticKeys: Set<String>
  /// Makes the graph for an input of that shape (three channels) and a number of classes.
  let build: @Sendable (ParameterSource, FeatureShape, Int) throws(InputError) -> Graph

  /// Every network this version runs.
  public static let all: [Network] = [enet, enetFirst, enetPaddle, enetZh320]

  /// The network of that family and dialect; without a dialect the family's first. Nil when this version has none.
  public static func named(_ architecture: Architecture, dialect: String? = nil) -> Network? {
    all.first { $0.architecture == architecture && (dialect == nil || $0.dialect == dialect) }
  }

  /// The classes of a checkpoint; nil when the tensor that shows it is missing.
  func classCount(_ tensors: NamedTensors) -> Int? {
    for (key, axis) in classAxis {
      if let shape = tensors[key]?.shape, axis < shape.count { return shape[axis] }
    }
    return nil
  }
}
