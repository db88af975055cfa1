public import SegBase

/// What the user said about the network to run.
public struct ModelRequest: Sendable, Hashable {
  /// The weight file; nil for the bundled one.
  public var weightsPath: String?
  /// The family's name ("enet"); nil to recognise it from the file.
  public var architecture: String?
  /// A built-in class list's name or a file of classes; nil to go by the file's metadata or the class count.
  public var classes: String?
  /// The size every frame is resized to; nil for the rule of `InputSizeRule`.
  public var inputSize: PixelSize?
  /// What the model is called in the catalogue; nil to go by the file's name.
  public var name: String?
  /// Colours in place of the class list's, one a class.
  public var palette: [Colour]?
  /// What is done to pictures in place of the network's own.
  public var preprocessing: Preprocessing?
  /// What of the instances that a network finds is kept.
  public var instanceSettings = InstanceSettings()
  /// The arithmetic of the network.
  public var precision = PrecisionRequest.auto
  /// The calibration for int8; nil for the one beside the weights.
  public var calibrationPath: String?

  /// Makes a request; everything that is left out is found out.
  public init(weightsPath: String? = nil, architecture: String? = nil, classes: String? = nil, inputSize: PixelSize? = nil) {
    (self.weightsPath, self.architecture, self.classes, self.inputSize) = (weightsPath, architecture, classes, inputSize)
  }

  /// What people call the model: its name in the catalogue, or its file's name without folders and ending.
  public var displayName: String {
    if let name { return name }
    guard let file = weightsPath?.split(separator: "/").last else { return ModelCatalogue.bundledName }
    guard let dot = file.lastIndex(of: "."), dot > file.startIndex else { return String(file) }
    return String(file[..<dot])
  }
}
