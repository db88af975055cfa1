public import SegBase
public import SegCheckpoint
public import SegGraph
package import SegTensor

/// A network with its weights and classes, ready to be made into a `SegmentationModel` on the thread that runs it. A value; copies share the weights.
public struct LoadedModel: Sendable {
  /// The network the weights belong to.
  public let network: Network
  /// The structure of the network, such as "resnet50"; nil where there is only one.
  public let variant: String?
  /// The classes in the order of the network's outputs.
  public let classes: ClassList
  /// What became of the file's tensors.
  public let report: LoadReport
  /// Trainable parameters, without running statistics.
  public let parameterCount: Int
  /// What is done to pictures first.
  public let preprocessing: Preprocessing
  /// The size frames are resized to.
  public let sizeRule: InputSizeRule
  package let tensors: NamedTensors

  /// The family.
  public var architecture: Architecture { network.architecture }
  /// The implementation the weights are from.
  public var dialect: String { network.dialect }
  /// For people: "ENet davidtvs".
  public var name: String { "\(network.architecture.title) \(network.dialect)" }

  /// Reads the weights a request names, or the bundled ones, and recognises their network.
  ///
  /// Throws when the file cannot be read, is of no network this version runs or of another one than asked for, lacks tensors, or does not fit the classes.
  public static func load(_ request: ModelRequest) throws(InputError) -> LoadedModel {
    let path = if let weights = request.weightsPath { weights } else { try BundledModel.path() }
    let checkpoint = try Checkpoint.open(path: path)
    do {
      return try LoadedModel(checkpoint, request)
    } catch {
      throw error.subject.isEmpty ? InputError(error.problem, subject: path, advice: error.advice) : error
    }
  }

  /// The model that comes with the program. Throws when it is not installed.
  public static func bundled() throws(InputError) -> LoadedModel { try load(ModelRequest()) }

  /// A network with random weights, for measuring speed. Throws when this version has no such network.
  public static func random(
    architecture: Architecture, dialect: String? = nil, variant name: String? = nil, classCount: Int? = nil, inputSize: PixelSize? = nil
  ) throws(InputError) -> LoadedModel {
    guard let network = Network.named(architecture, dialect: dialect, variant: name) else {
      throw InputError("this version cannot run \(architecture.title)\(dialect.map { " of dialect \($0)" } ?? "")", advice: "try enet")
    }
    guard let variant = name == nil ? network.variants.first : network.variants.first(where: { $0.name == name }) else {
      throw InputError("\(architecture.title) \(network.dialect) has no variant \(name ?? "")", advice: network.variants.map(\.name).joined(separator: ", "))
    }
    let classCount = classCount ?? variant.classCount
    precondition((2...256).contains(classCount), "two to 256 classes")
    let source = ParameterSource(SyntheticParameters(deciding: variant.deciding(classCount: classCount)))
    try ask(source, network, classCount)
    let traits = Network.Traits(classCount: classCount, fileName: "", shape: source.shape)
    let rule = sizeRule(network, native: network.nativeSize(traits), requested: inputSize)
    return LoadedModel(
      network: network, variant: variant.name.isEmpty ? nil : variant.name, classes: ClassCatalogue.list(count: classCount), report: source.report,
      preprocessing: network.variantPreprocessing(source.tensors) ?? network.preprocessing, sizeRule: rule, tensors: source.tensors)
  }

  /// Makes a model of a checkpoint that is in memory. Throws as `load` does.
  public init(_ checkpoint: Checkpoint, _ request: ModelRequest = ModelRequest()) throws(InputError) {
    let (network, recognition) = try Self.network(of: checkpoint, request)
    let tensors = Recognition.stripped(checkpoint.tensors, prefix: recognition.prefix, network)
    let count = recognition.classCount ?? 0
    guard (2...ClassFile.largestCount).contains(count) else { throw InputError("tells \(count) classes apart, where 2 to 256 are possible") }
    let source = ParameterSource(tensors)
    var failure: InputError?
    do throws(InputError) {
      try Self.ask(source, network, count)
    } catch {
      failure = error
    }
    let report = source.report
    if !report.isComplete {
      let reasons = report.description.split(separator: "\n").dropFirst().filter { !$0.contains("left over") }.joined(separator: "; ")
      throw InputError("not a whole \(network.architecture.title) checkpoint: \(reasons)", advice: "it may be of another variant or saved partly")
    }
    // The subject is the layer that does not fit.
    if let failure { throw InputError("its layers do not fit together: \(failure.description)") }

    var preprocessing = request.preprocessing ?? network.variantPreprocessing(tensors) ?? network.preprocessing
    if request.preprocessing == nil, let name = checkpoint.metadata["preprocessing"] {
      guard let named = Preprocessing(named: name) else { throw InputError("asks for the unknown preprocessing \(name.prefix(40))") }
      preprocessing = named
    }
    let fileName = request.weightsPath?.split(separator: "/").last.map(String.init) ?? ""
    let traits = Network.Traits(classCount: count, fileName: fileName) { tensors[$0]?.shape }
    let native = checkpoint.metadata["input"].flatMap(PixelSize.init(rowsByColumns:)) ?? network.nativeSize(traits)
    var classes = try Self.classes(count: count, asked: request.classes, metadata: checkpoint.metadata["classes"])
    if let palette = request.palette {
      if palette.count != count { throw InputError("\(palette.count) colours for \(count) classes", advice: "write a colour for each class") }
      classes.colours = palette
    }
    self.init(
      network: network, variant: network.variant(tensors), classes: classes, report: report,
      preprocessing: preprocessing, sizeRule: Self.sizeRule(network, native: native, requested: request.inputSize), tensors: tensors)
  }

  private init(
    network: Network, variant: String?, classes: ClassList, report: LoadReport, preprocessing: Preprocessing, sizeRule: InputSizeRule, tensors: NamedTensors
  ) {
    (self.network, self.variant, self.classes, self.report, self.preprocessing, self.sizeRule) = (network, variant, classes, report, preprocessing, sizeRule)
    self.tensors = tensors
    parameterCount = Self.parameterCount(tensors)
  }

  /// The graph for inputs of that size. Throws when the size does not suit the network.
  public func graph(for size: PixelSize) throws(InputError) -> Graph {
    try network.build(ParameterSource(tensors), try shape(for: size), classes.count)
  }

  /// The graph of the pass between keyframes; nil when the network has none. Its inputs are the picture, then what the outputs "cache0", "cache1", ... of
  /// the full graph gave on the keyframe. Throws as `graph(for:)` does.
  public func partialGraph(for size: PixelSize) throws(InputError) -> Graph? {
    guard let build = network.buildPartial else { return nil }
    return try build(ParameterSource(tensors), try shape(for: size), classes.count)
  }

  /// The graph that scores a cropped mask of that size anew: height x width x 1 in, "iou" of 1 x 1 x classes without the background out. Nil when the
  /// file has none. Throws when the mask is too small.
  public func maskScoringGraph(height: Int, width: Int) throws(InputError) -> Graph? {
    try network.buildMaskScoring?(ParameterSource(tensors), (height, width), classes.count)
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

  /// Asks for every tensor of a network once, whichever of its graphs it is in.
  private static func ask(_ source: ParameterSource, _ network: Network, _ classCount: Int) throws(InputError) {
    let shape = smallShape(for: network)
    _ = try network.build(source, shape, classCount)
    _ = try network.buildPartial?(source, shape, classCount)
    _ = try network.buildMaskScoring?(source, (shape.height, shape.width), classCount)
  }

  /// The rule for input sizes; a network of a fixed size has the same effect as a user who asks for it.
  private static func sizeRule(_ network: Network, native: PixelSize, requested: PixelSize?) -> InputSizeRule {
    InputSizeRule(
      native: native, divisor: network.sizeDivisor, remainder: network.sizeRemainder, requested: requested ?? (network.hasFixedSize ? native : nil))
  }

  /// A small input that the network accepts.
  private static func smallShape(for network: Network) -> FeatureShape {
    FeatureShape(height: 128 + network.sizeRemainder, width: 128 + network.sizeRemainder, channels: 3)
  }

  private static func network(of checkpoint: Checkpoint, _ request: ModelRequest) throws(InputError) -> (Network, Recognition) {
    var asked: Architecture?
    if let name = request.architecture {
      asked = Architecture(rawValue: name)
      if asked == nil {
        throw InputError("no network is called that", subject: name, advice: "use one of \(Architecture.allCases.map(\.rawValue).joined(separator: ", "))")
      }
    }
    guard let recognition = Recognition(checkpoint.tensors) else {
      throw InputError(
        "not \(asked.map { "\($0.titleWithArticle) checkpoint" } ?? "a checkpoint of a known network"): none of its tensors' names match",
        advice: "`segplay inspect` lists them")
    }
    if let asked, asked != recognition.architecture, recognition.network?.acceptedAs.contains(asked) != true {
      throw InputError("looks like \(recognition.architecture.titleWithArticle) checkpoint, not \(asked.title)", advice: "leave out --model to go by the file")
    }
    if recognition.isClassifier {
      throw InputError(
        "holds a classifier, not a segmenter: \(recognition.architecture.titleWithArticle) that names whole pictures",
        advice: "use a checkpoint that was trained for segmentation")
    }
    guard let network = recognition.network else {
      let title = recognition.architecture.titleWithArticle
      throw InputError("looks like \(title) checkpoint, which this version cannot run")
    }
    return (network, recognition)
  }

  private static func classes(count: Int, asked: String?, metadata: String?) throws(InputError) -> ClassList {
    if let asked {
      let list = if let named = ClassCatalogue.named(asked) { named } else { try file(asked) }
      if list.count == count { return list }
      throw InputError("has \(list.count) classes, but the network tells \(count) apart", subject: asked, advice: "give a file with one class a line")
    }
    if let metadata, let named = ClassCatalogue.named(metadata), named.count == count { return named }
    return ClassCatalogue.list(count: count)
  }

  private static func file(_ path: String) throws(InputError) -> ClassList {
    do {
      return try ClassFile.read(path: path)
    } catch {
      if !error.problem.hasPrefix("cannot be opened") { throw error }
      let names = (ClassCatalogue.lists + ClassCatalogue.instanceLists).map(\.name).joined(separator: ", ")
      throw InputError("neither a class list nor a file that can be opened", subject: path, advice: "lists: \(names)")
    }
  }
}
