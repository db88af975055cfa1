public import ArgumentParser
import Foundation
import SegBase
public import SegPropagation
import SegSchedule

/// Where the motion between frames comes from.
enum FlowChoice: String, ExpressibleByArgument, CaseIterable {
  case auto, dis, learned, none
}

extension BetweenKeys: ExpressibleByArgument {}

/// The options that say which frames get a full pass; shared by the commands that wait for every frame.
struct ScheduleOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Which frames the whole network looks at: every, fixed:N (every N frames), adaptive or adaptive:POINTS (as many as keep the predicted loss of mean IoU \
      below POINTS). What comes between is brought forward along the optical flow. Every frame by itself where it is not given.
      """, valueName: "policy"))
  var schedule: String?

  @Option(
    help: """
      Where the motion between frames comes from: dis (dense inverse search), learned (the flow network of a YolactEdge video checkpoint, in partial passes), \
      none (results stay where they were), auto (learned where the checkpoint has it, else dis).
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

  @Flag(help: "Let frames wait for the next full pass: what comes between two of them is brought to from both.")
  var lookAhead = false

  @Option(help: ArgumentHelp("Write what was measured and decided, one JSON object a frame.", valueName: "file"))
  var statsJson: String?

  func validate() throws {
    if schedule == nil && (noFuse || lookAhead || statsJson != nil || between != .auto) {
      throw ValidationError("--between, --no-fuse, --look-ahead and --stats-json belong to --schedule.")
    }
    if between == .propagate && flow == .learned { throw ValidationError("--flow learned brings features to partial passes: leave --between propagate out.") }
    if lookAhead && flow == .none { throw ValidationError("--look-ahead brings results along the flow: leave --flow none out.") }
  }

  /// Where the flow comes from.
  var source: FlowSource { flow == .none ? .none : .dense }

  /// How frames are worked on; nil where each is looked at by itself.
  /// - Throws: when the policy is none, or one that does not wait.
  func settings() throws(InputError) -> SequenceSettings? {
    guard let schedule else { return nil }
    let policy = try SchedulePolicy(text: schedule)
    if policy == .realtime { throw InputError("this schedule is for playing", subject: schedule, advice: "here every, fixed:N, adaptive or adaptive:POINTS") }
    var settings = SequenceSettings(policy: policy)
    settings.flow = source
    settings.usesOwnFlow = flow == .learned
    settings.between = between == .auto ? (flow == .auto ? .auto : flow == .learned ? .partial : .propagate) : between
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

/// A file of JSON lines, one a frame.
struct StatisticsFile: Sendable {
  private let handle: FileHandle
  private let path: String

  /// Creates the file, or empties it. Throws when it cannot be written.
  init(_ path: String) throws(InputError) {
    guard FileManager.default.createFile(atPath: path, contents: nil), let handle = FileHandle(forWritingAtPath: path) else {
      throw InputError("the file cannot be written", subject: path)
    }
    (self.handle, self.path) = (handle, path)
  }

  /// Adds a line. Throws when it cannot be written.
  func write(_ frame: RecordedFrame) throws(InputError) {
    do {
      try handle.write(contentsOf: Data((SignalRecording.line(frame) + "\n").utf8))
    } catch {
      throw InputError("the file cannot be written", subject: path)
    }
  }
}
