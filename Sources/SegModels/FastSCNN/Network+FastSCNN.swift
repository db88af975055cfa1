import SegBase

extension Network {
  /// Tramac/Fast-SCNN-pytorch, whose files may hold an auxiliary head for training.
  static let fastSCNN = Network(
    architecture: .fastSCNN, dialect: "tramac", published: "https://github.com/Tramac/Fast-SCNN-pytorch", preprocessing: .imageNet, sizeDivisor: 1,
    nativeSize: { _ in PixelSize(width: 2048, height: 1024) },
    signature: ["learning_to_downsample.conv.conv.0.weight", "global_feature_extractor.bottleneck1.0.block.2.weight", "classifier.conv.1.weight"],
    foreign: [], classCount: axis(("classifier.conv.1.weight", 0)), variants: [Variant()], rename: { $0.hasPrefix("auxlayer.") ? nil : $0 }
  ) { parameters, shape, classCount throws(InputError) in try FastSCNN.build(parameters, shape, classCount: classCount) }
}
