internal import SegBase
internal import SegModels
internal import SegSchedule

/// What frames between keyframes get.
public enum BetweenKeys: String, Sendable, Hashable, CaseIterable {
  /// What the network was made for: a partial pass where the checkpoint has a flow network of its own, else propagation.
  case auto
  /// A partial pass.
  case partial
  /// The last result, brought forward.
  case propagate
}

extension SequenceSettings {
  /// What the frames of a network get between keys.
  ///
  /// Throws when partial passes are asked for and the network has none that pays, or its own flow where it has no flow network.
  func passBetween(_ model: LoadedModel) throws(InputError) -> Pass {
    if usesOwnFlow && !model.hasOwnFlow {
      throw InputError("\(model.name) has no flow network of its own", advice: "--flow learned is for YolactEdge video checkpoints")
    }
    switch between {
    case .auto: return model.hasOwnFlow ? .partial : .propagate
    case .propagate: return .propagate
    case .partial:
      if model.partialPass == nil { throw InputError("\(model.name) has no partial pass that pays", advice: "leave --between partial out") }
      return .partial
    }
  }
}
