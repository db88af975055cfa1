import ArgumentParser
import Foundation
import SegBase
import SegModels
import SegOverlay

/// The options that say how masks look.
struct OverlayOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Colours of the figures and look of the masks: \(Theme.builtIn.map(\.name).joined(separator: ", ")), or a file.", valueName: "name|file")
  )
  var theme: String?

  @Option(help: ArgumentHelp("How strongly masks cover the picture, 0 to 1.", valueName: "share"))
  var opacity: Double?

  func validate() throws {
    if let opacity, !(0...1).contains(opacity) { throw ValidationError("--opacity takes a number from 0 to 1.") }
  }

  /// The theme that was asked for, or the first built-in one.
  /// - Throws: when it is neither a built-in name nor a file that can be read.
  func loadedTheme() throws(InputError) -> Theme {
    guard let theme else { return Theme.builtIn[0] }
    if let builtIn = Theme.named(theme) { return builtIn }
    guard let handle = FileHandle(forReadingAtPath: theme) else {
      throw InputError("no such theme", subject: theme, advice: "built in: \(Theme.builtIn.map(\.name).joined(separator: ", ")); or give a file")
    }
    let bytes: Data
    do {
      bytes = try handle.read(upToCount: Theme.largestFile + 1) ?? Data()
    } catch {
      throw InputError("the theme cannot be read", subject: theme)
    }
    return try Theme.parse(bytes, file: theme)
  }

  /// How the masks of a network with these classes are drawn.
  /// - Throws: when the theme cannot be read.
  func style(classes: ClassList?) throws(InputError) -> OverlayStyle {
    let theme = try loadedTheme()
    return OverlayStyle(opacity: opacity ?? theme.opacity, palette: theme.palette(of: classes?.colours ?? []), contour: theme.contour)
  }
}
