import SegBase
import SegGraph

/// The part of a network that turns a picture into features at 1/8 (C3), 1/16 (C4) and 1/32 (C5) of its size.
protocol DetectionBackbone {
  /// "resnet50", "darknet53".
  var name: String { get }

  /// Adds the layers from the picture to C3.
  func addShallow(_ layers: inout LayerBuilder, _ picture: ValueID) throws(InputError) -> ValueID

  /// Adds the layers from C3 to C4 and C5.
  func addDeep(_ layers: inout LayerBuilder, _ c3: ValueID) throws(InputError) -> (c4: ValueID, c5: ValueID)
}

extension ParameterSource {
  /// The backbone whose keys a checkpoint has; a ResNet when there is nothing to tell.
  var backbone: any DetectionBackbone {
    if has("backbone._preconv.0.weight") { return DarkNetBackbone() }
    if has("backbone.layers.0.0.weight") { return MobileNetBackbone() }
    return ResNetBackbone(self)
  }
}
