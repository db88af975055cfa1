public import SegBase
public import SegModels
internal import SegSchedule

extension SequenceSettings {
  /// Makes the sequence that works by these settings; `shown` is the size at which masks of instances are wanted, nil: that of the picture.
  /// - Throws: when the network does not have the passes that they want.
  public func sequence(_ model: LoadedModel, shown: PixelSize? = nil) throws(InputError) -> any LabelSequence {
    if looksAhead {
      if model.findsInstances {
        throw InputError("\(model.name) finds instances, which are not brought to a frame from both sides", advice: "leave --look-ahead out")
      }
      if try passBetween(model) == .partial {
        throw InputError("what looks ahead has no partial passes", advice: "leave --between partial or --look-ahead out")
      }
      return try LookAheadSequence(model, settings: self)
    }
    return model.findsInstances ? try InstanceSequence(model, settings: self, shown: shown) : try FrameSequence(model, settings: self)
  }
}
