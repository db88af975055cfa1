import SegBase
import SegGraph
import SegTensor

/// PaddleSeg's networks other than its ENet, which is in Network+ENet.swift.
extension Network {
  /// What PaddleSeg's models of Cityscapes were trained on crops of, and half of what they are tested at.
  private static let paddleSize = PixelSize(width: 1024, height: 512)
  private static let resNetKeys = ["backbone.conv1_1._conv.weight", "backbone.bb_0_0.conv2._conv.weight"]
  /// The 101-layer backbone has 23 blocks in its third stage.
  private static let resNetVariants = [
    Variant("resnet50"), Variant("resnet101", deciding: ["backbone.bb_2_22.conv0._conv.weight": [256, 1024, 1, 1]]),
  ]

  /// PaddleSeg 2: Fast-SCNN.
  static let fastSCNNPaddle = Network(
    architecture: .fastSCNN, dialect: "paddleseg", published: "https://github.com/PaddlePaddle/PaddleSeg", preprocessing: .symmetric, sizeDivisor: 1,
    nativeSize: { _ in paddleSize },
    signature: [
      "learning_to_downsample.dsconv_bn_relu1.piontwise_conv._conv.weight", "global_feature_extractor.bottleneck1.0.block.0._conv.weight",
      "classifier.conv.weight",
    ], foreign: [], classCount: axis(("classifier.conv.weight", 0)), variants: [Variant()], rename: { $0.hasPrefix("auxlayer.") ? nil : $0 },
    build: { parameters, shape, classCount throws(InputError) in try PaddleFastSCNN.build(parameters, shape, classCount: classCount) })

  /// PaddleSeg 0.4, static graphs: Fast-SCNN.
  static let fastSCNNPaddleStatic = Network(
    architecture: .fastSCNN, dialect: "paddleseg-static", published: "https://github.com/PaddlePaddle/PaddleSeg", preprocessing: .symmetric, sizeDivisor: 1,
    alignsCorners: true, nativeSize: { _ in paddleSize },
    signature: ["learning_to_downsample/weights", "inverted_block_1_1_expand_weights", "classifier/weights"], foreign: [],
    classCount: axis(("classifier.weight", 0)), variants: [Variant()], rename: PaddleStaticFastSCNN.rename,
    build: { parameters, shape, classCount throws(InputError) in try PaddleStaticFastSCNN.build(parameters, shape, classCount: classCount) })

  /// PaddleSeg 2: the fully convolutional head, or OCRNet's, on HRNet.
  static let hrnetPaddle = Network(
    architecture: .hrnet, dialect: "paddleseg", published: "https://github.com/PaddlePaddle/PaddleSeg", preprocessing: .symmetric, sizeDivisor: 1,
    nativeSize: { _ in paddleSize },
    signature: ["backbone.conv_layer1_1._conv.weight", "backbone.tr1.transition_tr1_layer_1._conv.weight"], foreign: [],
    classCount: axis(("head.cls_head.weight", 0), ("head.cls.weight", 0)),
    variant: { tensors in
      let width = tensors["backbone.tr1.transition_tr1_layer_1._conv.weight"]?.shape.first
      return PaddleHRNet.variant(width: width, hasRegions: PaddleHRNet.hasRegions { tensors[$0] != nil })
    },
    variants: [
      Variant("w18", deciding: PaddleHRNet.deciding(width: 18)), Variant("w48", deciding: PaddleHRNet.deciding(width: 48)),
      Variant("w18-ocr", deciding: PaddleHRNet.deciding(width: 18, hasRegions: true)),
      Variant("w48-ocr", deciding: PaddleHRNet.deciding(width: 48, hasRegions: true)),
    ],
    build: { parameters, shape, classCount throws(InputError) in try PaddleHRNet.build(parameters, shape, classCount: classCount) })

  /// PaddleSeg 2: U-Net, whose last layer is saved under two names.
  static let unetPaddle = Network(
    architecture: .unet, dialect: "paddleseg", published: "https://github.com/PaddlePaddle/PaddleSeg", preprocessing: .symmetric, sizeDivisor: 1,
    nativeSize: { _ in paddleSize },
    signature: ["encode.double_conv.0._conv.weight", "decode.up_sample_list.0.double_conv.0._conv.weight", "cls.weight"], foreign: [],
    classCount: axis(("conv.weight", 0), ("cls.weight", 0)), variants: [Variant()],
    build: { parameters, shape, classCount throws(InputError) in try PaddleUNet.build(parameters, shape, classCount: classCount) })

  /// PaddleSeg 2: DeepLabv3+ on ResNet-vd, as its constructor makes it.
  static let deepLabPaddle: Network = {
    var network = deepLab("paddleseg", dilations: PaddleDeepLab.constructorDilations)
    network.caution = "the file does not tell its dilations; for PaddleSeg's published weights ask for deeplabv3plus:paddleseg-published"
    return network
  }()

  /// PaddleSeg 2: DeepLabv3+ as the configurations of its published weights make it. Its files look like the other's: it must be asked for.
  static let deepLabPaddlePublished = deepLab("paddleseg-published", dilations: PaddleDeepLab.publishedDilations)

  private static func deepLab(_ dialect: String, dilations: [Int]) -> Network {
    Network(
      architecture: .deeplabv3plus, dialect: dialect, published: "https://github.com/PaddlePaddle/PaddleSeg", preprocessing: .symmetric, sizeDivisor: 1,
      nativeSize: { _ in paddleSize }, signature: resNetKeys + ["head.aspp.aspp_blocks.0._conv.weight", "head.decoder.conv.weight"], foreign: [],
      classCount: axis(("head.decoder.conv.weight", 0)), variant: { tensors in PaddleResNet.variant { tensors[$0] != nil } }, variants: resNetVariants,
      build: { parameters, shape, classCount throws(InputError) in
        try PaddleDeepLab.build(parameters, shape, classCount: classCount, dilations: dilations)
      })
  }

  /// PaddleSeg 2: PSPNet on ResNet-vd.
  static let pspNetPaddle = Network(
    architecture: .pspnet, dialect: "paddleseg", published: "https://github.com/PaddlePaddle/PaddleSeg", preprocessing: .symmetric, sizeDivisor: 1,
    nativeSize: { _ in paddleSize },
    signature: resNetKeys + ["head.psp_module.conv_bn_relu2._conv.weight", "head.conv.weight"], foreign: [], classCount: axis(("head.conv.weight", 0)),
    variant: { tensors in PaddleResNet.variant { tensors[$0] != nil } }, variants: resNetVariants,
    rename: { $0.hasPrefix("head.auxlayer.") ? nil : $0 },
    build: { parameters, shape, classCount throws(InputError) in try PaddlePSPNet.build(parameters, shape, classCount: classCount) })
}
