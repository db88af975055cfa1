public import ArgumentParser
import SegBase
public import SegPropagation
import SegSchedule

/// Where the motion between frames comes from.
enum FlowChoice: String, ExpressibleByArgument, CaseIterable {
  case auto, dis, codec, learned, none
}

extension BetweenKeys: ExpressibleByArgument {}

/// The options that say which frames get a full pass; shared by the commands that run a network over a video.
struct ScheduleOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Which frames the whole network looks at: every, fixed:N (every N frames), adaptive or adaptive:POINTS (as many as keep the predicted loss of mean IoU \
      below POINTS); what comes between is brought forward along the optical flow. While playing also realtime, where it is not given: as many as one core \
      allows, in the background. Elsewhere every frame by itself where it is not given.
      """, valueName: "policy"),
    transform: { try SchedulePolicy(text: $0) })
  var schedule: SchedulePolicy?

  @Option(
    help: """
      Where the motion between frames comes from: dis (dense inverse search), codec (the motion vectors of the video, or dis on frames without), learned (the \
      flow network of a YolactEdge video checkpoint, in partial passes), none (results stay where they were), auto (learned where the checkpoint has it, else \
      dis).
      """)
  var flow: FlowChoice = .auto

  @Option(
    help: """
      What frames between keys get: partial (the network's shallow stage and head on the frame, the key's deep features brought to it), propagate (the last \
      result brought to it), auto (partial where the checkpoint has a flow network of its own).
      """)
  var between: BetweenKeys = .auto

  @Flag(help: "Do not blend the result of a full pass with what is known from the frames before.")
  var noFuse = false

  @Flag(help: "Let frames wait for the next full pass: what comes between two of them is brought to from both. While playing with --every-frame.")
  var lookAhead = false

  @Option(help: ArgumentHelp("Write what was measured and decided, one JSON object a frame.", valueName: "file"))
  var statsJson: String?

  func validate() throws {
    if between == .propagate && flow == .learned { throw ValidationError("--flow learned brings features to partial passes: leave --between propagate out.") }
    if lookAhead && flow == .none { throw ValidationError("--look-ahead brings results along the flow: leave --flow none out.") }
  }

  /// What must hold where frames are waited for and nothing plays; to be called by `validate` of the command.
  func validateWaiting() throws {
    if schedule == nil && (noFuse || lookAhead || statsJson != nil || between != .auto) {
      throw ValidationError("--between, --no-fuse, --look-ahead and --stats-json belong to --schedule.")
    }
    if schedule == .realtime { throw ValidationError("--schedule realtime is for playing: here every, fixed:N, adaptive or adaptive:POINTS.") }
  }

  /// Where the flow comes from.
  var source: FlowSource {
    switch flow {
    case .auto, .dis, .learned: .dense
    case .codec: .codecVectors
    case .none: .none
    }
  }

  /// Whether the network must bring its features forward with a flow network of its own.
  var usesOwnFlow: Bool { flow == .learned }

  /// What frames between keys get: who names a flow that is not the network's own means propagation along it.
  var passBetween: BetweenKeys {
    if between != .auto || flow == .auto { return between }
    return usesOwnFlow ? .partial : .propagate
  }

  /// How frames are worked on; nil where each is looked at by itself.
  func settings() -> SequenceSettings? {
    guard let schedule else { return nil }
    var settings = SequenceSettings(policy: schedule)
    settings.flow = source
    settings.usesOwnFlow = usesOwnFlow
    settings.between = passBetween
    settings.fuses = !noFuse && flow != .none
    settings.looksAhead = lookAhead
    settings.measuresEverySignal = statsJson != nil && flow != .none
    return settings
  }

  /// The file of `--stats-json`; nil where none was asked for. Throws when it cannot be written.
  func statistics() throws(InputError) -> StatisticsFile? {
    guard let statsJson else { return nil }
    return try StatisticsFile(statsJson)
  }
}
