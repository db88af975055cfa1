public import SegBase
public import SegCheckpoint
import SegGraph
import SegTensor

extension LoadedModel {
  /// Reads the weights a request names, or the bundled ones, and recognises their network.
  ///
  /// Throws when the file cannot be read, is of no network this version runs or of another one than asked for, lacks tensors, or does not fit the classes;
  /// and for a calibration beside the weights, or in the place that the request names, that is of another network.
  public static func load(_ request: ModelRequest) throws(InputError) -> LoadedModel {
    let path = if let weights = request.weightsPath { weights } else { try BundledModel.path() }
    let checkpoint = try Checkpoint.open(path: path)
    do {
      var model = try LoadedModel(checkpoint, request)
      model.calibration = try calibration(of: model, request, weights: path)
      return model
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
    return LoadedModel(
      network: network, variant: variant.name.isEmpty ? nil : variant.name, classCount: classCount,
      classes: try classes(of: network, count: classCount, asked: nil, metadata: nil), report: source.report,
      preprocessing: network.variantPreprocessing(source.tensors) ?? network.preprocessing,
      sizeRule: sizeRule(network, native: network.nativeSize(traits), requested: inputSize), instanceSettings: InstanceSettings(), caution: nil,
      tensors: source.tensors)
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
    try tensors.checkFiles()
    let report = source.report
    if !report.missing.isEmpty || !report.mismatched.isEmpty || (failure == nil && !report.isComplete) {
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
    var classes = try Self.classes(of: network, count: count, asked: request.classes, metadata: checkpoint.metadata["classes"])
    if let palette = request.palette {
      if palette.count != classes.count { throw InputError("\(palette.count) colours for \(classes.count) classes", advice: "write a colour for each class") }
      classes.colours = palette
    }
    self.init(
      network: network, variant: network.variant(tensors), classCount: count, classes: classes, report: report, preprocessing: preprocessing,
      sizeRule: Self.sizeRule(network, native: native, requested: request.inputSize), instanceSettings: request.instanceSettings,
      caution: request.architecture?.contains(":") == true ? nil : network.caution, tensors: tensors)
    precision = request.precision
  }

  /// The names of the nodes of the network's graph, and "input".
  func nodeNames() throws(InputError) -> Set<Substring> {
    let graph = try network.build(ParameterSource(tensors), Self.smallShape(for: network), classCount)
    return Set(graph.nodes.map { $0.name[...] } + ["input"])
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
    let words = request.architecture?.split(separator: ":", omittingEmptySubsequences: false).map(String.init) ?? []
    if let name = request.architecture {
      asked = words.first.flatMap(Architecture.init)
      if asked == nil || words.count > 2 {
        throw InputError("no network is called that", subject: name, advice: "use one of \(Architecture.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      if words.count == 2, Network.named(asked ?? .enet, dialect: words[1]) == nil {
        let dialects = Network.all.filter { $0.architecture == asked }.map { "\(words[0]):\($0.dialect)" }
        throw InputError("no dialect of this network is called that", subject: name, advice: "one of \(dialects.joined(separator: ", "))")
      }
    }
    guard let recognition = Recognition(checkpoint.tensors, dialect: words.count == 2 ? words[1] : nil) else {
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

  /// The names of the classes; for a network that finds instances those of the objects, without the background.
  private static func classes(of network: Network, count: Int, asked: String?, metadata: String?) throws(InputError) -> ClassList {
    let named = network.instances == nil ? count : count - 1
    if let asked {
      let list = if let builtIn = ClassCatalogue.named(asked) { builtIn } else { try file(asked) }
      if list.count == named { return list }
      throw InputError("has \(list.count) classes, but the network tells \(named) apart", subject: asked, advice: "give a file with one class a line")
    }
    if let metadata, let list = ClassCatalogue.named(metadata), list.count == named { return list }
    return network.instances == nil ? ClassCatalogue.list(count: named) : ClassCatalogue.instanceList(count: named)
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
