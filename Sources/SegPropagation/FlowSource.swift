public import SegMotion
internal import SegSchedule

/// Where the flow between two frames comes from.
public enum FlowSource: Sendable, Hashable {
  /// Results stay where they were.
  case none
  /// Dense inverse search on small grey pictures.
  case inverseSearch(InverseSearchSettings)
  /// The codec's motion vectors; dense inverse search with these settings for frames that have none.
  case codec(InverseSearchSettings)

  /// What brings class scores forward best for its time: half the picture's resolution, without the variational refinement, which smooths the flow across the
  /// edges of objects. Patches that fit to two grey values are not searched twice.
  public static let dense: FlowSource = .inverseSearch(denseSettings)
  /// The codec's motion vectors, and the dense flow above for frames without any.
  public static let codecVectors: FlowSource = .codec(denseSettings)

  private static let denseSettings: InverseSearchSettings = {
    var settings = InverseSearchSettings.ultrafast
    (settings.finestLevel, settings.patchStride, settings.warps, settings.goodFit) = (1, 5, 0, 2)
    return settings
  }()

  /// Its name on the command line.
  public var name: String {
    switch self {
    case .none: "none"
    case .inverseSearch: "dis"
    case .codec: "codec"
    }
  }

  /// Whether frames must come with the motion vectors of their codec.
  public var needsMotionVectors: Bool { if case .codec = self { true } else { false } }

  /// What predicts the loss of results brought forward along it.
  var errorModel: ErrorModel {
    switch self {
    case .none: .staleCopies
    case .inverseSearch: .denseFlow
    case .codec: .codecVectors
    }
  }
}
