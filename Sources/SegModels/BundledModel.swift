import Glibc
package import SegBase

/// Where the model that comes with the program lies.
package enum BundledModel {
  static let fileName = "enet-street.safetensors"

  /// The folders it is looked for in, by the folder of the program: beside it as built, and where an installation puts it.
  package static func candidates(programFolder: String) -> [String] {
    ["\(programFolder)/segplay_SegModels.resources/Resources/\(fileName)", "\(programFolder)/../share/segplay/\(fileName)"]
  }

  /// The model's path. Throws when it is in none of the folders.
  package static func path() throws(InputError) -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let length = readlink("/proc/self/exe", &buffer, Int(PATH_MAX))
    let program = length > 0 ? String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self) : ""
    let folder = program.split(separator: "/").dropLast().map { "/" + $0 }.joined()
    if let path = candidates(programFolder: folder).first(where: { access($0, R_OK) == 0 }) { return path }
    throw InputError("the bundled model is not installed", subject: fileName, advice: "give a weight file with --weights")
  }
}
