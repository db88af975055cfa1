import Foundation
package import SegModels

extension ModelRequest {
  /// What the player calls the model: the name of its file.
  package var displayName: String {
    guard let weightsPath else { return "enet-street" }
    return URL(fileURLWithPath: weightsPath).deletingPathExtension().lastPathComponent
  }
}
