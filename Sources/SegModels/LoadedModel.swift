public import SegBase
import SegCheckpoint
public import SegGraph
package import SegTensor

/// A network with its weights and classes, ready to be made into a `SegmentationModel` on the thread that runs it. A value; copies share the weights.
public struct LoadedModel: Sendable {
  /// The network the weights belong to.
  public let network: Network
  /// The structure of the network, such as "resnet50"; nil where there is only one.
  public let variant: String?
  /// The classes that labels, or instances, are indices of.
  public let classes: ClassList
  /// The classes the network tells apart: one more than `classes` where it finds instances, whose class 0 is the background.
  public let classCount: Int
  /// What became of the file's tensors.
  public let report: LoadReport
  /// Trainable parameters, without running statistics.
  public let parameterCount: Int
  /// What is done to pictures first.
  public let preprocessing: Preprocessing
  /// The size frames are resized to.
  public let sizeRule: InputSizeRule
  /// What of the instances that a network finds is kept.
  public let instanceSettings: InstanceSettings
  /// What the file does not tell and was assumed, for people; nil where it tells everything.
  public let caution: String?
  /// The arithmetic that was asked for.
  public var precision = PrecisionRequest.auto
  /// What int8 needs to know; nil where nobody measured it.
  public var calibration: Calibration?
  package let tensors: NamedTensors

  /// The family.
  public var architecture: Architecture { network.architecture }
  /// The implementation the weights are from.
  public var dialect: String { network.dialect }
  /// Whether the network finds instances; otherwise it gives every pixel a class.
  public var findsInstances: Bool { network.instances != nil }
  /// For people: "ENet davidtvs".
  public var name: String { "\(network.architecture.title) \(network.dialect)" }

  init(
    network: Network, variant: String?, classCount: Int, classes: ClassList, report: LoadReport, preprocessing: Preprocessing, sizeRule: InputSizeRule,
    instanceSettings: InstanceSettings, caution: String?, tensors: NamedTensors
  ) {
    (self.network, self.variant, self.classes, self.report, self.preprocessing, self.sizeRule) = (network, variant, classes, report, preprocessing, sizeRule)
    (self.classCount, self.instanceSettings, self.caution, self.tensors) = (classCount, instanceSettings, caution, tensors)
    parameterCount = Self.parameterCount(tensors)
  }

  /// The graph for inputs of that size. Throws when the size does not suit the network.
  public func graph(for size: PixelSize) throws(InputError) -> Graph {
    try network.build(ParameterSource(tensors), try shape(for: size), classCount)
  }

  /// The graph of the pass between keyframes; nil when the network has none. Its inputs are the picture, then what the outputs "cache0", "cache1", ... of
  /// the full graph gave on the keyframe. Throws as `graph(for:)` does.
  public func partialGraph(for size: PixelSize) throws(InputError) -> Graph? {
    guard let build = network.buildPartial else { return nil }
    return try build(ParameterSource(tensors), try shape(for: size), classCount)
  }

  /// The graph that scores a cropped mask of that size anew: height x width x 1 in, "iou" of 1 x 1 x classes without the background out. Nil when the
  /// file has none. Throws when the mask is too small.
  public func maskScoringGraph(height: Int, width: Int) throws(InputError) -> Graph? {
    try network.buildMaskScoring?(ParameterSource(tensors), (height, width), classCount)
  }

  /// How the outputs of a network that finds instances are laid out; nil for one that gives every pixel a class.
  public var instanceLayout: InstanceLayout? { network.instances?(tensors) }

  /// Multiply-adds of the network's passes over a picture of that size, as its authors count them. Throws as `graph(for:)` does.
  public func passCosts(for size: PixelSize) throws(InputError) -> [Network.PassCost] {
    network.publishedCosts(try graph(for: size), try partialGraph(for: size))
  }

  private func shape(for size: PixelSize) throws(InputError) -> FeatureShape {
    for side in [size.width, size.height] where side < network.sizeRemainder || !(side - network.sizeRemainder).isMultiple(of: network.sizeDivisor) {
      throw InputError("an input of \(size) does not suit \(name)", advice: "use \(network.sizeText)")
    }
    return FeatureShape(height: size.height, width: size.width, channels: 3)
  }

  /// Trainable numbers among the tensors: all but running statistics and counters.
  static func parameterCount(_ tensors: NamedTensors) -> Int {
    let statistics = ["running_mean", "running_var", "num_batches_tracked", "._mean", "._variance"]
    return tensors.names.reduce(0) { sum, name in
      statistics.contains(where: name.hasSuffix) ? sum : sum + (tensors[name]?.count ?? 0)
    }
  }
}
