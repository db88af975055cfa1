package import SegOverlay
import SegTerminal

extension HUDStyles {
  /// The styles of a theme. The program's name is written in reverse, so that it stands out on any background.
  package init(_ theme: Theme) {
    let background = theme.background
    self.init(
      text: TextStyle(foreground: theme.text, background: background), accent: TextStyle(foreground: theme.accent, background: background, bold: true),
      dim: TextStyle(foreground: theme.dim, background: background, dim: theme.dim == nil),
      warning: TextStyle(foreground: theme.warning, background: background, bold: true), fill: TextStyle(background: background))
  }
}
