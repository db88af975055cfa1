import SegBase
import SegGraph

extension Network {
  /// Keys of the blocks every version of PyTorch-ENet shares.
  private static let enetKeys = ["initial_block.main_branch.weight", "downsample1_0.ext_conv1.0.weight", "transposed_conv.weight"]
  /// Half of Cityscapes' size: what both its training and its good results are at.
  private static let cityscapesSize = PixelSize(width: 1024, height: 512)
  private static let camvidSize = PixelSize(width: 480, height: 360)

  /// davidtvs/PyTorch-ENet as it is now.
  static let enet = Network(
    architecture: .enet, dialect: "davidtvs", published: "https://github.com/davidtvs/PyTorch-ENet", preprocessing: .unit, sizeDivisor: 1,
    nativeSize: { $0.classCount == 11 || $0.classCount == 12 ? camvidSize : cityscapesSize }, signature: enetKeys + ["upsample4_0.ext_tconv1.weight"],
    foreign: ["initial_block.batch_norm._variance"], classCount: axis(("transposed_conv.weight", 1)),
    variants: [Variant(deciding: ["initial_block.out_activation.weight": [1]])]
  ) { parameters, shape, classCount throws(InputError) in try ENet.build(parameters, shape, classCount: classCount, version: .current) }

  /// davidtvs/PyTorch-ENet of 2018.
  static let enetFirst = Network(
    architecture: .enet, dialect: "davidtvs-2018", published: "https://github.com/davidtvs/PyTorch-ENet", preprocessing: .unit, sizeDivisor: 8,
    nativeSize: { $0.classCount == 11 || $0.classCount == 12 ? camvidSize : cityscapesSize }, signature: enetKeys + ["upsample4_0.ext_conv3.0.weight"],
    foreign: [],
    classCount: axis(("transposed_conv.weight", 1)),
    variants: [Variant(deciding: ["initial_block.out_prelu.weight": [1], "regular4_1.ext_conv1.2.weight": [1]])]
  ) { parameters, shape, classCount throws(InputError) in try ENet.build(parameters, shape, classCount: classCount, version: .first) }

  /// PaddleSeg's ENet, a port of PyTorch-ENet; its keys are renamed to PyTorch's before the network sees them.
  static let enetPaddle = Network(
    architecture: .enet, dialect: "paddleseg", published: "https://github.com/PaddlePaddle/PaddleSeg", preprocessing: .symmetric, sizeDivisor: 1,
    nativeSize: { _ in cityscapesSize },
    signature: enetKeys + ["upsample4_0.ext_tconv1.weight", "initial_block.batch_norm._variance"], foreign: [],
    classCount: axis(("transposed_conv.weight", 1)), variants: [Variant(deciding: ["initial_block.out_activation.weight": [1]])]
  ) { parameters, shape, classCount throws(InputError) in try ENet.build(parameters, shape, classCount: classCount, version: .current) }

  /// zh320/realtime-semantic-segmentation-pytorch.
  static let enetZh320 = Network(
    architecture: .enet, dialect: "zh320", published: "https://github.com/zh320/realtime-semantic-segmentation-pytorch", preprocessing: .imageNet,
    sizeDivisor: 8, nativeSize: { _ in cityscapesSize },
    signature: ["initial.conv.0.weight", "bottleneck1.conv_pool.left_conv.0.weight", "bottleneck5.conv_unpool.left_conv.0.weight"], foreign: [],
    classCount: axis(("fullconv.up_conv.0.0.weight", 0), ("fullconv.up_conv.weight", 1)),
    variants: [
      Variant(deciding: [
        "initial.conv.2.activation.weight": [1], "fullconv.up_conv.0.0.weight": [Variant.classes, 16, 1, 1], "fullconv.up_conv.0.2.activation.weight": [1],
      ])
    ]
  ) { parameters, shape, classCount throws(InputError) in try ENetZh320.build(parameters, shape, classCount: classCount) }
}
