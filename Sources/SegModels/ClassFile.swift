public import SegBase
import SegCheckpoint

/// A user's class list: a text file with one class a line, `name` or `name #rrggbb`, in the order of the network's outputs.
///
/// Empty lines and lines that start with `//` are passed over; classes without a colour get a generated one.
public enum ClassFile {
  /// The largest file that is read, in bytes.
  public static let largestSize = 1 << 20
  /// The most classes a list may have: labels are 8-bit.
  public static let largestCount = 256

  /// Reads a list. Throws, with the line's number, when a line has no name, a bad colour or comes after the last class that is possible.
  public static func read(path: String) throws(InputError) -> ClassList {
    let bytes = try InputFile.read(path: path, limit: largestSize)
    let name = path.split(separator: "/").last.map(String.init) ?? path
    do {
      return try parse(String(decoding: bytes, as: UTF8.self), name: name)
    } catch {
      throw InputError(error.problem, subject: path, advice: error.advice)
    }
  }

  /// Reads a list from a text.
  public static func parse(_ text: String, name: String) throws(InputError) -> ClassList {
    var list = ClassList(name: name, names: [], colours: [])
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      var words = line.split { $0 == " " || $0 == "\t" }
      if words.isEmpty || line.hasPrefix("//") { continue }
      var colour = ClassCatalogue.vocColour(list.count + 1)
      if words.count > 1 || words[0].hasPrefix("#"), let last = words.last, last.hasPrefix("#") {
        guard let chosen = Colour(hexadecimal: last) else {
          throw InputError("line \(index + 1): \(last.prefix(20)) is not a colour", advice: "write it as #rrggbb")
        }
        colour = chosen
        words.removeLast()
      }
      if words.isEmpty { throw InputError("line \(index + 1): a colour without a name", advice: "write: name #rrggbb") }
      if list.count == largestCount { throw InputError("line \(index + 1): more than \(largestCount) classes") }
      list.names.append(String(words.joined(separator: " ").prefix(80)))
      list.colours.append(colour)
    }
    if list.count < 2 { throw InputError("holds fewer than two classes", advice: "write one class a line: name #rrggbb") }
    return list
  }
}
