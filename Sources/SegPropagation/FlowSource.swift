public import SegMotion

/// Where the flow between two frames comes from.
public enum FlowSource: Sendable, Hashable {
  /// Results stay where they were.
  case none
  /// Dense inverse search on small grey pictures.
  case inverseSearch(InverseSearchSettings)

  /// What brings class scores forward best for its time: half the picture's resolution, without the variational refinement, which smooths the flow across the
  /// edges of objects.
  public static let dense: FlowSource = {
    var settings = InverseSearchSettings.ultrafast
    (settings.finestLevel, settings.patchStride, settings.warps) = (1, 5, 0)
    return .inverseSearch(settings)
  }()
}
