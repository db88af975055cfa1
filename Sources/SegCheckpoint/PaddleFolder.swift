import Glibc
import SegBase
import SegTensor

/// A model of PaddlePaddle's static graphs: a folder with a file per variable, named like the variable; slashes in names make folders.
///
/// Files that are no variables, hidden files, and symbolic links are passed over. The folder is walked by descriptors, so that no link is followed
/// even when somebody exchanges one for a folder meanwhile.
struct PaddleFolder {
  /// Folders inside each other, the opened one included.
  static let largestDepth = 8
  /// Files and folders in all.
  static let largestCount = 20_000

  private let root: String
  private let limit: Int
  private let largestHeld: Int
  private var count = 0
  private var size = 0
  private var variables: [(name: String, tensor: Tensor)] = []

  /// Reads a folder whose variables have at most `limit` bytes together. Tensors are named by their paths in it, sorted; the subfolder that people's
  /// archives put around everything is left out of the names, and so are optimisers' variables.
  /// Numbers in files of more than `largestHeld` bytes stay there.
  static func read(path: String, limit: Int = InputFile.largestSize, largestHeld: Int = WeightFile.largestHeld) throws(InputError) -> Checkpoint {
    var folder = PaddleFolder(root: path, limit: limit, largestHeld: largestHeld)
    try folder.walk(Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), name: "", depth: 1)
    var kept = folder.variables.filter { !PaddleOptimiser.owns($0.name) }
    if kept.isEmpty {
      throw InputError(
        "a folder without variables of PaddlePaddle", subject: path,
        advice: "give a weight file, or the folder of a PaddlePaddle model with a file per variable")
    }
    kept.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    let common = commonFolder(kept.map(\.name))
    var tensors = NamedTensors()
    for (name, tensor) in kept { try tensors.add(String(name.dropFirst(common.count))) { tensor } }
    return Checkpoint(container: .paddleStatic, tensors: tensors)
  }

  private init(root: String, limit: Int, largestHeld: Int) { (self.root, self.limit, self.largestHeld) = (root, limit, largestHeld) }

  /// The folders that every name starts with, slash included.
  private static func commonFolder(_ names: [String]) -> Substring {
    guard let first = names.first else { return "" }
    var common: Substring = ""
    while let slash = first[common.endIndex...].firstIndex(of: "/") {
      let longer = first[...slash]
      if !names.allSatisfy({ $0.hasPrefix(longer) }) { break }
      common = longer
    }
    return common
  }

  private func failure(_ problem: String, _ name: String) -> InputError {
    InputError(problem, subject: name.isEmpty ? root : "\(root)/\(name)")
  }

  /// Walks the folder of that descriptor, which is closed.
  private mutating func walk(_ descriptor: Int32, name folder: String, depth: Int) throws(InputError) {
    if descriptor < 0 { throw failure("cannot be opened: \(InputFile.systemMessage(errno))", folder) }
    guard let stream = fdopendir(descriptor) else {
      close(descriptor)
      throw failure("cannot be read: \(InputFile.systemMessage(errno))", folder)
    }
    defer { closedir(stream) }
    if depth > Self.largestDepth { throw failure("folders nest deeper than \(Self.largestDepth)", folder) }
    while let entry = readdir(stream) {
      // The record ends with the name, so the whole of the declared array must not be read.
      guard let place = MemoryLayout.offset(of: \dirent.d_name) else { preconditionFailure("names are stored") }
      let start = (UnsafeRawPointer(entry) + place).assumingMemoryBound(to: CChar.self)
      guard let last = String(validatingCString: start), !last.hasPrefix(".") else { continue }
      count += 1
      if count > Self.largestCount { throw failure("holds more than \(Self.largestCount) files", "") }
      let name = folder.isEmpty ? last : "\(folder)/\(last)"
      var status = stat()
      if fstatat(dirfd(stream), last, &status, AT_SYMLINK_NOFOLLOW) != 0 { throw failure("cannot be read: \(InputFile.systemMessage(errno))", name) }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: try walk(openat(dirfd(stream), last, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), name: name, depth: depth + 1)
      case S_IFREG: try readFile(openat(dirfd(stream), last, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), name: name)
      default: continue
      }
    }
  }

  /// Reads the file of that descriptor, which is closed, when it is a variable.
  private mutating func readFile(_ descriptor: Int32, name: String) throws(InputError) {
    if descriptor < 0 { throw failure("cannot be opened: \(InputFile.systemMessage(errno))", name) }
    defer { close(descriptor) }
    let start = [UInt8](unsafeUninitializedCapacity: PaddleVariable.startSize) { buffer, count in
      count = max(0, pread(descriptor, buffer.baseAddress, buffer.count, 0))
    }
    if !start.withUnsafeBytes(PaddleVariable.looksLike) { return }
    let path = "\(root)/\(name)"
    size += try InputFile.size(descriptor: descriptor, path: path, limit: limit - size)
    variables.append((name, try WeightFile.parse(descriptor: descriptor, path: path, limit: limit, largestHeld: largestHeld, PaddleVariable.parse)))
  }
}
