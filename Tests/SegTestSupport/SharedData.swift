public import Foundation

/// The folder of large test data beside the checkout; tests that read it are skipped where it is absent.
public enum SharedData {
  /// `../shared` seen from the package's top folder, or the folder that SEGPLAY_SHARED names.
  public static let root: URL = {
    if let path = ProcessInfo.processInfo.environment["SEGPLAY_SHARED"] { return URL(fileURLWithPath: path) }
    return packageRoot.deletingLastPathComponent().appendingPathComponent("shared")
  }()

  /// The package's top folder.
  public static let packageRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The path of a file or folder under `root`, whether it exists or not.
  public static func path(_ relative: String) -> String { root.appendingPathComponent(relative).path }

  /// Whether the shared data is there; use as `.enabled(if: SharedData.exists("golden"), "needs ../shared/golden")`.
  public static func exists(_ relative: String) -> Bool { FileManager.default.fileExists(atPath: path(relative)) }
}
