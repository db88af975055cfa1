public import SegBase
public import SegModels

extension SequenceSettings {
  /// Makes the sequence that works by these settings.
  /// - Throws: when the network does not give every pixel a class.
  public func sequence(_ model: LoadedModel) throws(InputError) -> any LabelSequence {
    looksAhead ? try LookAheadSequence(model, settings: self) : try FrameSequence(model, settings: self)
  }
}
