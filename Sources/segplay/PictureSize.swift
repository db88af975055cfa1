import ArgumentParser
import SegBase

/// Sizes as networks' papers write them: height first, "512x1024".
enum PictureSize {
  /// Reads a size of 1...16384 on each side.
  /// - Throws: `ValidationError` when the text is not one.
  static func parse(_ text: String) throws -> PixelSize {
    let sides = text.lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard sides.count == 2, let height = sides[0], let width = sides[1], (1...16_384).contains(height), (1...16_384).contains(width) else {
      throw ValidationError("'\(text)' is not a size; write HEIGHTxWIDTH, such as 512x1024.")
    }
    return PixelSize(width: width, height: height)
  }
}
