import SegBase
import SegGraph
import SegTensor

/// A network this version can run, as a value: how its checkpoints are recognised, what its input is, and how its graph is made.
///
/// Another network is another value in `all`.
public struct Network: Sendable {
  /// A structure of the network that people publish weights of: a backbone, a width.
  public struct Variant: Sendable {
    /// "resnet50", "w18"; empty where there is only one.
    public let name: String
    /// The class count it is usually trained for, the background included where there is one.
    public let classCount: Int
    /// Stands for the class count in the shapes of `deciding`.
    static let classes = -1
    /// Tensors that decide about the structure, with their shapes; for random weights.
    let deciding: [String: [Int]]

    init(_ name: String = "", classCount: Int = 19, deciding: [String: [Int]] = [:]) {
      (self.name, self.classCount, self.deciding) = (name, classCount, deciding)
    }

    /// The deciding tensors' shapes for that many classes.
    func deciding(classCount: Int) -> [String: [Int]] { deciding.mapValues { $0.map { $0 == Self.classes ? classCount : $0 } } }
  }

  /// What a pass over one picture takes.
  public struct PassCost: Sendable, Hashable {
    /// "keyframe", "between keyframes"; empty where there is one pass only.
    public let name: String
    /// Multiply-adds of its convolutions.
    public let multiplyAccumulates: Int
  }

  /// What a file tells about the size a network was made for.
  struct Traits {
    let classCount: Int
    /// The file's name without folders, "" when there is none.
    let fileName: String
    /// The shape of a tensor; nil when there is none of that name.
    let shape: (String) -> [Int]?
  }

  /// The family.
  public let architecture: Architecture
  /// Other families whose programs run these checkpoints too: a user may ask for the checkpoint by their names.
  var acceptedAs: Set<Architecture> = []
  /// Which implementation's checkpoints these are: "davidtvs", "zh320".
  public let dialect: String
  /// Where its authors publish weights.
  public let published: String
  /// What people should know who did not ask for this dialect by its name: what its files do not tell. Nil where they tell everything.
  public var caution: String?
  /// What is done to a picture before it goes in.
  public let preprocessing: Preprocessing
  /// Another preprocessing for some variants; nil where it is `preprocessing`.
  var variantPreprocessing: @Sendable (NamedTensors) -> Preprocessing? = { _ in nil }
  /// Height and width of the input are `sizeRemainder` more than multiples of this.
  public let sizeDivisor: Int
  /// See `sizeDivisor`; 0 but for networks whose corners are aligned throughout.
  public var sizeRemainder = 0
  /// For people: "multiples of 32 plus 1".
  var sizeText: String { "multiples of \(sizeDivisor)" + (sizeRemainder > 0 ? " plus \(sizeRemainder)" : "") }
  /// Whether every picture is resized to the native size, whatever its proportions.
  public var hasFixedSize = false
  /// Whether labels are interpolated from the scores with their corners aligned, where the scores are smaller than the input.
  public var alignsCorners = false
  /// The size the network was made for; larger pictures are reduced to as many pixels.
  let nativeSize: @Sendable (Traits) -> PixelSize
  /// Keys that a checkpoint of this dialect has; the first finds the prefix of all keys.
  let signature: [String]
  /// Keys that tell another dialect.
  let foreign: [String]
  /// The number of classes, with the background where there is one, by the tensors' shapes; nil when the tensors that show it are missing.
  let classCount: @Sendable (NamedTensors) -> Int?
  /// Which of the variants a checkpoint is, in words: "resnet101", "w48-ocr"; nil where there is nothing to tell.
  var variant: @Sendable (NamedTensors) -> String? = { _ in nil }
  /// What people publish weights of; the first is the default for random weights.
  let variants: [Variant]
  /// Names of this dialect's tensors under which the builder looks for them; nil drops a tensor. The prefix is gone already.
  var rename: @Sendable (String) -> String? = { $0 }
  /// For networks that find instances: how their outputs are laid out. Nil for those that give every pixel a class.
  var instances: (@Sendable (NamedTensors) -> InstanceLayout)?
  /// What the names of nodes begin with that its authors keep in a higher precision than int8.
  var preciseParts: [String] = []
  /// Makes the graph for an input of that shape (three channels) and a number of classes. Outputs: "logits", or those of `InstanceLayout`.
  let build: @Sendable (ParameterSource, FeatureShape, Int) throws(InputError) -> Graph
  /// Makes the graph of the pass between keyframes, for networks that were trained for one. Inputs: the picture, then what the full graph's outputs "cache0",
  /// "cache1", ... gave on the keyframe; outputs as of the full graph without those.
  var buildPartial: (@Sendable (ParameterSource, FeatureShape, Int) throws(InputError) -> Graph)?
  /// Makes the graph that scores a cropped mask (height, width) anew for a number of classes with the background; nil when the file has none.
  var buildMaskScoring: (@Sendable (ParameterSource, (height: Int, width: Int), Int) throws(InputError) -> Graph?)?
  /// The passes' multiply-adds as the network's authors count them, by the full graph and the one between keyframes.
  var publishedCosts: @Sendable (Graph, Graph?) -> [PassCost] = { full, _ in [PassCost(name: "", multiplyAccumulates: full.multiplyAccumulates)] }

  /// Every network this version runs.
  public static let all: [Network] = [
    enet, enetFirst, enetPaddle, enetZh320, fastSCNN, fastSCNNPaddle, fastSCNNPaddleStatic, icnet, icnetCaffe, hrnet, hrnetContext, hrnetPaddle,
    yolact, yolactPlus, yolactEdge, yolactEdgeVideo, unetPaddle, deepLabPaddle, deepLabPaddlePublished, pspNetPaddle,
  ]

  /// The network of that family and dialect; without a dialect the family's first that has the variant, or its first. Nil when this version has none.
  public static func named(_ architecture: Architecture, dialect: String? = nil, variant: String? = nil) -> Network? {
    let networks = all.filter { $0.architecture == architecture && (dialect == nil || $0.dialect == dialect) }
    return networks.first { network in variant == nil || network.variants.contains { $0.name == variant } } ?? networks.first
  }

  /// A rule for `classCount`: the size of an axis of the first of these tensors that is there.
  static func axis(_ places: (key: String, axis: Int)...) -> @Sendable (NamedTensors) -> Int? {
    let places = places
    return { tensors in
      for (key, axis) in places {
        if let shape = tensors[key]?.shape, axis < shape.count { return shape[axis] }
      }
      return nil
    }
  }
}
