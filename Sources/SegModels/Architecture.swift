/// A network family by the name the command line knows it by.
public enum Architecture: String, Sendable, Hashable, CaseIterable {
  case enet
  case fastSCNN = "fast-scnn"
  case icnet
  case hrnet
  case yolact
  case yolactEdge = "yolact-edge"
  case unet
  case deeplabv3plus
  case pspnet

  /// The name people write: "Fast-SCNN".
  public var title: String {
    switch self {
    case .enet: "ENet"
    case .fastSCNN: "Fast-SCNN"
    case .icnet: "ICNet"
    case .hrnet: "HRNet"
    case .yolact: "YOLACT"
    case .yolactEdge: "YolactEdge"
    case .unet: "U-Net"
    case .deeplabv3plus: "DeepLabv3+"
    case .pspnet: "PSPNet"
    }
  }

  /// The title with its article: "an ENet", "a YOLACT".
  var titleWithArticle: String { (self == .enet || self == .hrnet || self == .icnet ? "an " : "a ") + title }
}
