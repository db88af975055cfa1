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
  /// Threads a frame's network may use, at least 1.
  public var threads: Int

  /// Makes a request; everything that is left out is found out.
  public init(weightsPath: String? = nil, architecture: String? = nil, classes: String? = nil, inputSize: PixelSize? = nil, threads: Int = 1) {
    precondition(threads > 0, "at least one thread")
    (self.weightsPath, self.architecture, self.classes, self.inputSize, self.threads) = (weightsPath, architecture, classes, inputSize, threads)
  }
}
