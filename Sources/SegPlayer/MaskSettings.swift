package import SegPropagation

/// How masks are made, besides the schedule.
package struct MaskSettings: Sendable {
  /// Threads that a network may use.
  package var threads = 1
  /// Where the motion between frames comes from.
  package var flow = FlowSource.dense
  /// What frames between keys get where the policy has intervals.
  package var between = BetweenKeys.auto
  /// Whether the network must bring its features forward with a flow network of its own there.
  package var usesOwnFlow = false
  /// Whether the result of a full pass is blended with what is known from the frames before.
  package var fuses = true
  /// Whether frames wait for the next key where the policy has intervals; they must then come one after the other, none left out.
  package var looksAhead = false
  /// Whether no frame is left out, so that results of neighbours may be blended under every schedule.
  package var waitsForEveryFrame = false

  /// Makes settings with everything at its default.
  package init() {}
}
