import SegBase
import SegTensor

extension Network {
  private static let hrnetKeys = ["stage4.0.fuse_layers.0.3.0.weight", "stage2.0.branches.0.0.conv1.weight", "layer1.0.conv1.weight"]

  /// HRNet/HRNet-Semantic-Segmentation without object-contextual representations.
  static let hrnet = Network(
    architecture: .hrnet, dialect: "torch", published: "https://github.com/HRNet/HRNet-Semantic-Segmentation", preprocessing: .imageNet, sizeDivisor: 1,
    nativeSize: { _ in PixelSize(width: 2048, height: 1024) },
    signature: hrnetKeys + ["last_layer.3.weight"], foreign: [], classCount: axis(("last_layer.3.weight", 0)), variant: hrnetVariant,
    variants: hrnetVariants(hasContext: false), rename: withoutLoss
  ) { parameters, shape, classCount throws(InputError) in try HRNet.build(parameters, shape, classCount: classCount) }

  /// Its branch HRNet-OCR, whose networks with object-contextual representations were trained with aligned corners.
  static let hrnetContext = Network(
    architecture: .hrnet, dialect: "torch-ocr", published: "https://github.com/HRNet/HRNet-Semantic-Segmentation", preprocessing: .imageNet, sizeDivisor: 1,
    alignsCorners: true, nativeSize: { _ in PixelSize(width: 2048, height: 1024) }, signature: hrnetKeys + ["conv3x3_ocr.0.weight", "cls_head.weight"],
    foreign: [],
    classCount: axis(("cls_head.weight", 0)), variant: hrnetVariant, variants: hrnetVariants(hasContext: true), rename: withoutLoss
  ) { parameters, shape, classCount throws(InputError) in try HRNet.build(parameters, shape, classCount: classCount) }

  private static func hrnetVariants(hasContext: Bool) -> [Variant] {
    HRNetStructure.published.filter { $0.structure.hasContext == hasContext }.map { Variant($0.name, deciding: $0.structure.deciding) }
  }

  @Sendable private static func hrnetVariant(_ tensors: NamedTensors) -> String? { try? HRNetStructure(ParameterSource(tensors)).name }

  /// Drops the class weights of the training loss, which lie beside the network under their own prefix.
  @Sendable private static func withoutLoss(_ name: String) -> String? { name.hasSuffix("loss.criterion.weight") ? nil : name }
}
