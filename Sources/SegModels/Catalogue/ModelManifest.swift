public import SegBase
import SegCheckpoint

/// A model as a small file of settings that people write: which weights, of what classes, and what is out of the ordinary about them.
///
/// Lines of `key = value`: `weights` (a file or folder, relative to the manifest), and where they are not to be found out: `name`, `network`, `classes`
/// (a list's name or a file, relative to the manifest), `palette` (a colour a class, `#rrggbb` with blanks between, or a list's name), `input`
/// (`HEIGHTxWIDTH`), `preprocessing` (`rgb/255`, `imagenet`, `symmetric`), `calibration` (a file, relative to the manifest).
public enum ModelManifest {
  /// What names of manifests end with.
  public static let ending = ".model"

  /// Reads a manifest. Throws when it cannot be read or for the first line that is not understood.
  public static func read(path: String) throws(InputError) -> ModelRequest {
    try parse(try InputFile.read(path: path, limit: SettingsFile.largestSize), path: path)
  }

  /// Reads a manifest from memory; `path` is where it lies.
  public static func parse(_ bytes: some Collection<UInt8>, path: String) throws(InputError) -> ModelRequest {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    let folder = parts.dropLast().joined(separator: "/")
    var request = ModelRequest()
    let file = parts.last.map(String.init) ?? path
    request.name = file.hasSuffix(ending) && file.count > ending.count ? String(file.dropLast(ending.count)) : file
    for setting in try SettingsFile(bytes, file: path).settings { try set(setting, in: &request, folder: folder) }
    if request.weightsPath == nil { throw InputError("names no weights", subject: path, advice: "write a line `weights = FILE`") }
    return request
  }

  private static func set(_ setting: SettingsFile.Setting, in request: inout ModelRequest, folder: String) throws(InputError) {
    let value = setting.value
    if value.isEmpty { throw InputError("`\(setting.key)` has no value", subject: setting.place) }
    switch setting.key {
    case "name":
      if value.count > 40 { throw InputError("a name has 1 to 40 characters", subject: setting.place) }
      request.name = value
    case "weights": request.weightsPath = resolved(value, folder)
    case "network":
      guard (try? NetworkChoice(named: value)) != nil else {
        throw InputError(
          "no network is called `\(value)`", subject: setting.place, advice: "one of \(Architecture.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      request.architecture = value
    case "classes": request.classes = ClassCatalogue.named(value) == nil ? resolved(value, folder) : value
    case "palette": request.palette = try palette(value, setting.place)
    case "input": request.inputSize = try size(value, setting.place)
    case "calibration": request.calibrationPath = resolved(value, folder)
    case "preprocessing":
      guard let named = Preprocessing(named: value) else {
        throw InputError("no preprocessing is called `\(value)`", subject: setting.place, advice: "rgb/255, imagenet or symmetric")
      }
      request.preprocessing = named
    default:
      throw InputError(
        "unknown key `\(setting.key)`", subject: setting.place, advice: "name, network, weights, classes, palette, input, preprocessing or calibration")
    }
  }

  /// A path of the manifest's own folder where it is not absolute.
  private static func resolved(_ path: String, _ folder: String) -> String {
    path.hasPrefix("/") || folder.isEmpty ? path : "\(folder)/\(path)"
  }

  private static func palette(_ value: String, _ place: String) throws(InputError) -> [Colour] {
    if let list = ClassCatalogue.named(value) { return list.colours }
    var colours: [Colour] = []
    for word in value.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "," }) {
      guard let colour = Colour(hexadecimal: word) else { throw InputError("`\(word.prefix(20))` is no colour", subject: place, advice: "#rrggbb") }
      colours.append(colour)
    }
    return colours
  }

  private static func size(_ value: String, _ place: String) throws(InputError) -> PixelSize {
    guard let size = PixelSize(rowsByColumns: value) else { throw InputError("`\(value)` is no size", subject: place, advice: "HEIGHTxWIDTH, 32 to 8192 each") }
    return size
  }
}

extension PixelSize {
  /// A network's input size as people write it, "360x480": height, then width, 32 to 8192 each. Nil for other texts.
  init?(rowsByColumns text: String) {
    let parts = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let height = parts[0], let width = parts[1], (32...8192).contains(height), (32...8192).contains(width) else { return nil }
    self.init(width: width, height: height)
  }
}
