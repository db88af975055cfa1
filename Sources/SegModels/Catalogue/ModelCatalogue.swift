import Glibc
public import SegBase

/// The models that keys choose from: the bundled one, and those whose manifests lie in the user's data folder.
public struct ModelCatalogue: Sendable {
  /// A model of the catalogue.
  public struct Entry: Sendable {
    /// What the model is called.
    public var name: String
    /// The manifest; nil for the bundled model.
    public var manifest: String?
    /// What the manifest says; nil when it is not understood.
    public var request: ModelRequest?
    /// Why it is not understood.
    public var problem: InputError?
  }

  /// The name of the model that comes with the program.
  public static let bundledName = "enet-street"
  private static let largestCount = 200

  /// The bundled model, then the manifests' in the order of their files' names.
  public let entries: [Entry]

  /// Where people put their manifests: `segplay/models` in XDG_DATA_HOME, or in ~/.local/share. Nil when neither is known.
  public static func userFolder(environment: [String: String]) -> String? {
    if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") { return "\(data)/segplay/models" }
    return environment["HOME"].map { "\($0)/.local/share/segplay/models" }
  }

  /// Reads the manifests of a folder; a missing folder has none. One that is not understood is listed with its problem.
  public init(folder: String?) {
    var entries = [Entry(name: Self.bundledName, request: ModelRequest())]
    for file in folder.map(Self.manifests) ?? [] {
      let path = "\(folder ?? "")/\(file)"
      var entry = Entry(name: String(file.dropLast(ModelManifest.ending.count)), manifest: path)
      do throws(InputError) {
        let request = try ModelManifest.read(path: path)
        entry.name = request.displayName
        entry.request = request
      } catch {
        entry.problem = error
      }
      entries.append(entry)
    }
    self.entries = entries
  }

  /// The model of that name, or of the manifest at that path; nil when there is none. Throws when its manifest is not understood.
  public func request(named name: String) throws(InputError) -> ModelRequest? {
    if let entry = entries.first(where: { $0.name == name }) {
      if let problem = entry.problem { throw problem }
      return entry.request
    }
    return name.hasSuffix(ModelManifest.ending) ? try ModelManifest.read(path: name) : nil
  }

  /// The models that can be chosen, in order.
  public var requests: [ModelRequest] { entries.compactMap(\.request) }

  /// The names of the manifests in a folder, sorted.
  private static func manifests(in folder: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while names.count < largestCount, let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name.hasSuffix(ModelManifest.ending), name.count > ModelManifest.ending.count, !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }
}
