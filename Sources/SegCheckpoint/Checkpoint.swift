public import SegBase
public import SegTensor

/// The file format of a checkpoint.
public enum CheckpointContainer: String, Sendable, Hashable, CaseIterable {
  /// What `torch.save` writes since PyTorch 1.6: a ZIP archive of a pickle and raw storages.
  case pytorchZip = "PyTorch ZIP"
  /// What `torch.save` wrote before: five pickles, then raw storages.
  case pytorchLegacy = "PyTorch legacy"
  /// A JSON header, then raw tensors.
  case safetensors = "safetensors"
  /// What `paddle.save` writes for a state dict: a pickle of NumPy arrays.
  case paddle = "Paddle"
  /// What PaddlePaddle's static graphs save: a folder with a file per variable.
  case paddleStatic = "Paddle static"
  /// Caffe's `.caffemodel`: a protocol buffer of layers.
  case caffe = "Caffe"
}

/// The tensors of a weight file, with their names as the file gives them.
///
/// Files are hostile: nothing in them is ever run, sizes are checked against the file's size before memory is taken, and whatever is damaged or unknown is one `InputError`.
public struct Checkpoint: Sendable {
  /// The format the file is in.
  public var container: CheckpointContainer
  /// The tensors of the state dict, in file order. Optimiser state and the like are left out.
  public var tensors: NamedTensors
  /// Short facts beside the tensors: a safetensors file's metadata, or the numbers and texts beside a wrapped state dict ("epoch": "300").
  public var metadata: [String: String]

  /// Makes a checkpoint of its parts.
  public init(container: CheckpointContainer, tensors: NamedTensors, metadata: [String: String] = [:]) {
    self.container = container
    self.tensors = tensors
    self.metadata = metadata
  }

  /// Reads a weight file, or the files of a folder. Throws when a file cannot be read, is damaged, of an unknown format, or asks for code to be run.
  ///
  /// The tensors of files of more than 16 MiB stay where they are and are read each time they are needed: `NamedTensors.checkFiles` tells afterwards whether
  /// that went well.
  public static func open(path: String) throws(InputError) -> Checkpoint { try open(path: path, largestHeld: WeightFile.largestHeld) }

  /// Reads a weight file or folder as the other `open` does; files of more than `largestHeld` bytes are the ones whose tensors stay where they are.
  static func open(path: String, largestHeld: Int) throws(InputError) -> Checkpoint {
    if InputFile.isFolder(path: path) { return try PaddleFolder.read(path: path, largestHeld: largestHeld) }
    return try WeightFile.parse(path: path, largestHeld: largestHeld, parse)
  }

  /// Reads a checkpoint from memory; the bytes are not kept. Throws as `open` does, with an empty subject.
  public static func parse(_ bytes: UnsafeRawBufferPointer) throws(InputError) -> Checkpoint { try parse(TensorSource(bytes)) }

  private static func parse(_ source: TensorSource) throws(InputError) -> Checkpoint {
    let checkpoint = try parseContainer(source)
    if checkpoint.tensors.count == 0 { throw InputError("the file holds no tensors", advice: "is it a training log or an optimiser's state?") }
    return checkpoint
  }

  private static func parseContainer(_ source: TensorSource) throws(InputError) -> Checkpoint {
    let bytes = source.bytes
    let begins = { (prefix: [UInt8]) in bytes.prefix(prefix.count).elementsEqual(prefix) }
    if bytes.isEmpty { throw InputError("the file is empty", advice: "download it again") }
    if begins([0x50, 0x4B, 0x03, 0x04]) || begins([0x50, 0x4B, 0x05, 0x06]) { return try TorchArchive.read(source) }
    if begins(TorchLegacy.magic) { return try TorchLegacy.read(source) }
    if Safetensors.looksLike(bytes) { return try Safetensors.read(source) }
    if begins([0x80]), bytes.count > 1, (2...5).contains(bytes[1]) { return try PaddleState.read(source) }
    if begins(Array("version https://git-lfs".utf8)) {
      throw InputError("a Git LFS pointer, not the weights themselves", advice: "fetch the file with `git lfs pull`")
    }
    if begins([0x1F, 0x8B]) || begins(Array("7z".utf8)) || (bytes.count > 262 && bytes[257..<262].elementsEqual(Array("ustar".utf8))) {
      throw InputError("a packed archive, not a weight file", advice: "unpack it and give the weight file inside")
    }
    if PaddleVariable.looksLike(bytes) { throw PaddleVariable.problem(ofFile: bytes) }
    if CaffeModel.looksLike(bytes) { return try CaffeModel.read(source) }
    throw InputError(
      "not a weight file of a known format", advice: "PyTorch (.pth), safetensors, Paddle (.pdparams or a folder) and Caffe (.caffemodel) are read")
  }
}
