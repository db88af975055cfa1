public import SegTensor

/// Which network a checkpoint is of, seen from its keys alone.
public struct Recognition: Sendable {
  /// The family.
  public let architecture: Architecture
  /// The network that runs it; nil when this version has none.
  public let network: Network?
  /// How many classes it tells apart; nil when that is not known.
  public let classCount: Int?
  /// What every key of the network starts with in the file ("module."), which its own names do not have.
  public let prefix: String
  /// Whether it is the family's backbone under a classifier of whole pictures, which segments nothing.
  public let isClassifier: Bool

  /// Recognises a checkpoint, as of that dialect where one is given; nil when its keys are of no network that is known.
  public init?(_ tensors: NamedTensors, dialect: String? = nil) {
    for network in Network.all where dialect == nil || network.dialect == dialect {
      guard let prefix = Self.prefix(of: network, in: tensors) else { continue }
      self.init(
        architecture: network.architecture, network: network, classCount: network.classCount(Self.stripped(tensors, prefix: prefix, network)), prefix: prefix)
      return
    }
    for (architecture, keys) in Self.classifiers + Self.others where keys.allSatisfy({ key in tensors.names.contains { $0.contains(key) } }) {
      let isClassifier = Self.classifiers.contains { $0 == (architecture, keys) }
      self.init(architecture: architecture, network: nil, classCount: nil, prefix: "", isClassifier: isClassifier)
      return
    }
    return nil
  }

  private init(architecture: Architecture, network: Network?, classCount: Int?, prefix: String, isClassifier: Bool = false) {
    (self.architecture, self.network, self.classCount, self.prefix, self.isClassifier) = (architecture, network, classCount, prefix, isClassifier)
  }

  /// The tensors under the network's own names: without `prefix`, and with PyTorch's names for what Paddle calls otherwise.
  static func stripped(_ tensors: NamedTensors, prefix: String, _ network: Network) -> NamedTensors {
    let isPaddle = tensors.names.contains { $0.hasSuffix("._variance") }
    let renamed = tensors.renamed { name in
      let short = name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
      return network.rename(isPaddle ? paddleName(short) : short)
    }
    return renamed
  }

  private static func paddleName(_ name: String) -> String {
    for (paddle, torch) in [("._mean", ".running_mean"), ("._variance", ".running_var"), ("._weight", ".weight")] where name.hasSuffix(paddle) {
      return name.dropLast(paddle.count) + torch
    }
    return name
  }

  /// The prefix of all keys when the checkpoint is of that network; nil when it is not.
  private static func prefix(of network: Network, in tensors: NamedTensors) -> String? {
    guard let anchor = network.signature.first else { return nil }
    for name in tensors.names where name == anchor || name.hasSuffix("." + anchor) {
      let prefix = String(name.dropLast(anchor.count))
      let isComplete = network.signature.allSatisfy { tensors[prefix + $0] != nil }
      if isComplete && !network.foreign.contains(where: { tensors[prefix + $0] != nil }) { return prefix }
    }
    return nil
  }

  /// Parts of keys that tell backbones with the classifier they were trained under first.
  private static let classifiers: [(Architecture, [String])] = [(.hrnet, ["stage4.0.fuse_layers.", "incre_modules.", "classifier.weight"])]

  /// Parts of keys that tell the families this version cannot run, the more particular ones first.
  private static let others: [(Architecture, [String])] = [
    (.yolactEdge, ["proto_net.0.", "prediction_layers.0.", "fpn_phase_1."]), (.yolact, ["proto_net.0.", "prediction_layers.0."]),
    (.fastSCNN, ["learning_to_downsample.", "global_feature_extractor."]), (.icnet, ["conv_sub1.", "cff_"]), (.icnet, ["conv6_cls", "conv1_sub1"]),
    (.hrnet, ["stage4.0.fuse_layers."]), (.hrnet, ["st4.stage4_"]), (.hrnet, ["conv_layer1_1", "st4."]), (.deeplabv3plus, ["head.aspp.", "head.decoder."]),
    (.pspnet, ["head.psp_module."]), (.unet, ["encode.double_conv.", "decode.up_sample_list."]),
    (.enet, ["bottleneck4.conv_unpool."]), (.enet, ["upsample4_0.", "dilated2_8."]),
  ]
}
