import SegBase
import SegTensor

extension Network {
  /// liminn/ICNet-pytorch; its files also hold the backbone's classifier and two auxiliary ones.
  static let icnet = Network(
    architecture: .icnet, dialect: "liminn", published: "https://github.com/liminn/ICNet-pytorch", preprocessing: .imageNet, sizeDivisor: 8,
    nativeSize: { _ in PixelSize(width: 2048, height: 1024) },
    signature: ["conv_sub1.0.conv.weight", "head.cff_12.conv_low.0.weight", "head.conv_cls.weight"], foreign: [],
    classCount: axis(("head.conv_cls.weight", 0)),
    variant: { tensors in
      let depths = ICNet.depths(ParameterSource(tensors))
      return ICNet.backbones.first { $0.depths == depths }?.name ?? "resnet of \(depths.map(String.init).joined(separator: ", ")) blocks"
    }, variants: ICNet.backbones.map { Variant($0.name, deciding: ICNet.deciding($0.depths)) },
    rename: { $0.hasPrefix("pretrained.fc.") || $0.contains(".conv_low_cls.") ? nil : $0 }
  ) { parameters, shape, classCount throws(InputError) in try ICNet.build(parameters, shape, classCount: classCount) }

  /// hszhao/ICNet, with batch normalisation merged into the convolutions or beside them.
  static let icnetCaffe = Network(
    architecture: .icnet, dialect: "caffe", published: "https://github.com/hszhao/ICNet",
    preprocessing: Preprocessing(scale: 1, mean: [103.939, 116.779, 123.68], isBlueFirst: true), sizeDivisor: 32, sizeRemainder: 1,
    hasFixedSize: true, nativeSize: { _ in PixelSize(width: 2049, height: 1025) },
    signature: ["conv6_cls.0", "conv1_sub1.0", "conv3_1_sub2_proj.0", "conv5_4_k1.0"], foreign: [], classCount: axis(("conv6_cls.0", 0)),
    variant: { _ in "resnet50-half" }, variants: [Variant("resnet50-half")]
  ) { parameters, shape, classCount throws(InputError) in try ICNetCaffe.build(parameters, shape, classCount: classCount) }
}
