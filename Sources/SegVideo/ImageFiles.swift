internal import CFFmpeg
internal import Glibc

/// Finds pictures in the file system and tells their kind by their first bytes.
package enum ImageFiles {
  /// The largest picture file that is read.
  static let maximumByteCount = 512 << 20

  private static let extensions: Set<String> = [
    "png", "jpg", "jpeg", "jpe", "bmp", "ppm", "pgm", "pbm", "pnm", "pam", "tif", "tiff", "webp",
  ]

  /// The codec of a picture that starts with these bytes; nil when it is none.
  static func codec(firstBytes bytes: UnsafeBufferPointer<UInt8>) -> AVCodecID? {
    func starts(_ magic: [UInt8], at offset: Int = 0) -> Bool { bytes.count >= offset + magic.count && zip(bytes[offset...], magic).allSatisfy { $0 == $1 } }
    if starts([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return AV_CODEC_ID_PNG }
    if starts([0xFF, 0xD8, 0xFF]) { return AV_CODEC_ID_MJPEG }
    if starts([0x42, 0x4D]) && bytes.count >= 26 && bytes[6] == 0 && bytes[7] == 0 { return AV_CODEC_ID_BMP }
    if starts([0x52, 0x49, 0x46, 0x46]) && starts([0x57, 0x45, 0x42, 0x50], at: 8) { return AV_CODEC_ID_WEBP }
    if starts([0x49, 0x49, 0x2A, 0x00]) || starts([0x4D, 0x4D, 0x00, 0x2A]) { return AV_CODEC_ID_TIFF }
    if bytes.count >= 8 && bytes[0] == 0x50 && [9, 10, 13, 32].contains(bytes[2]) {
      switch bytes[1] {
      case 0x31, 0x34: return AV_CODEC_ID_PBM
      case 0x32, 0x35: return AV_CODEC_ID_PGM
      case 0x33, 0x36: return AV_CODEC_ID_PPM
      case 0x37: return AV_CODEC_ID_PAM
      default: return nil
      }
    }
    return nil
  }

  /// The codec of the picture in a file; nil when it is no picture or cannot be read.
  static func codec(ofFileAt path: String) -> AVCodecID? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { return nil }
    defer { close(descriptor) }
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { buffer in
      let count = read(descriptor, buffer.baseAddress, buffer.count)
      return count > 0 ? codec(firstBytes: UnsafeBufferPointer(rebasing: buffer[..<count])) : nil
    }
  }

  /// Whether the name says that the file is a stream of many JPEG pictures.
  static func isMotionJPEG(_ path: String) -> Bool { ["mjpeg", "mjpg"].contains(fileExtension(path)) }

  private static func fileExtension(_ path: String) -> String {
    guard let dot = path.lastIndex(of: ".") else { return "" }
    return path[path.index(after: dot)...].lowercased()
  }

  /// The pictures of a folder by their names' extensions, hidden files left out, in natural order (2 before 10); nil when it cannot be listed.
  static func inFolder(_ path: String) -> [String]? {
    guard let names = names(inFolder: path) else { return nil }
    let kept = names.filter { !$0.hasPrefix(".") && extensions.contains(fileExtension($0)) }
    return kept.sorted(by: precedes).map { path.hasSuffix("/") ? path + $0 : path + "/" + $0 }
  }

  private static func names(inFolder path: String) -> [String]? {
    guard let folder = opendir(path) else { return nil }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      withUnsafePointer(to: &entry.pointee.d_name) { field in
        field.withMemoryRebound(to: CChar.self, capacity: 256) { names.append(String(cString: $0)) }
      }
    }
    return names
  }

  /// Whether `left` comes before `right` in natural order: runs of digits are compared as numbers.
  package static func precedes(_ left: String, _ right: String) -> Bool {
    var (a, b) = (Array(left.utf8)[...], Array(right.utf8)[...])
    let isDigit = { (byte: UInt8) in byte >= 48 && byte <= 57 }
    while let first = a.first, let second = b.first {
      if isDigit(first) && isDigit(second) {
        let (x, y) = (a.prefix(while: isDigit), b.prefix(while: isDigit))
        let (m, n) = (x.drop { $0 == 48 }, y.drop { $0 == 48 })
        if m.count != n.count { return m.count < n.count }
        if !m.elementsEqual(n) { return m.lexicographicallyPrecedes(n) }
        a = a.dropFirst(x.count)
        b = b.dropFirst(y.count)
      } else {
        if first != second { return first < second }
        a = a.dropFirst()
        b = b.dropFirst()
      }
    }
    return a.count != b.count ? a.count < b.count : left < right
  }

  /// Whether a path stands for many files: `%05d` or a glob with `*`, `?` or `[`.
  static func isPattern(_ path: String) -> Bool { numbering(path) != nil || path.contains { "*?[".contains($0) } }

  /// The files a pattern stands for, in natural order.
  static func matching(_ pattern: String) -> [String] {
    if let parts = numbering(pattern) { return numbered(parts) }
    var result = glob_t()
    defer { globfree(&result) }
    guard glob(pattern, 0, nil, &result) == 0, let paths = result.gl_pathv else { return [] }
    return (0..<Int(result.gl_pathc)).compactMap { paths[$0].map { String(cString: $0) } }.filter { codec(ofFileAt: $0) != nil }.sorted(by: precedes)
  }

  private struct Numbering {
    var folder: String
    var prefix: String
    var suffix: String
    var width: Int
  }

  /// Takes "dir/a%05d.png" apart; nil when the last path component has no such number.
  private static func numbering(_ path: String) -> Numbering? {
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { String(path[...$0]) } ?? ""
    let name = slash.map { path[path.index(after: $0)...] } ?? path[...]
    guard let percent = name.firstIndex(of: "%") else { return nil }
    let rest = name[name.index(after: percent)...]
    let digits = rest.prefix { $0.isASCII && $0.isNumber }
    guard rest.dropFirst(digits.count).first == "d" else { return nil }
    return Numbering(folder: folder, prefix: String(name[..<percent]), suffix: String(rest.dropFirst(digits.count + 1)), width: Int(digits) ?? 0)
  }

  private static func numbered(_ parts: Numbering) -> [String] {
    let found = (names(inFolder: parts.folder.isEmpty ? "." : parts.folder) ?? []).filter { name in
      guard name.hasPrefix(parts.prefix), name.hasSuffix(parts.suffix), name.utf8.count > parts.prefix.utf8.count + parts.suffix.utf8.count else {
        return false
      }
      let middle = name.dropFirst(parts.prefix.count).dropLast(parts.suffix.count)
      return middle.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } && middle.count >= parts.width
    }
    return found.sorted(by: precedes).map { parts.folder + $0 }
  }
}
