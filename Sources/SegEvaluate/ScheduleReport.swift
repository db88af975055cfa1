internal import Foundation
internal import SegPropagation
internal import SegSchedule

/// What a schedule did on labelled frames, and what it cost.
///
/// In the JSON of an evaluation these keys are added to those of `EvaluationReport`:
/// - `schedule`, `flow`, `between`, `fuse`, `look_ahead`: what was asked for ("fixed:5", "dis", "auto", true, false);
/// - `flicker`: share of the pixels on a consistent flow whose label is another than in the frame before, 0...1;
/// - `mean_iou_by_age`: mean intersection over union of the frames that are 0, 1, 2... frames from their key; null for an age no frame has;
/// - `pass_share`, `pass_ms`: by pass, the share of the frames and their mean milliseconds;
/// - `ms`: mean milliseconds a frame of the `network`, the `flow` with all signals, and the `warp`; scaling the picture is left out;
/// - `keys`: how many frames are keys for which reason.
public struct ScheduleReport: Sendable, Encodable {
  /// The policy, as `--schedule` takes it.
  public var policy: String
  /// Where the flow came from: "dis" or "none".
  public var flow: String
  /// What frames between keys were to get: "auto", "partial" or "propagate".
  public var between: String
  /// Whether full passes were fused with what was known before.
  public var fuses: Bool
  /// Whether frames waited for the next key.
  public var looksAhead: Bool
  /// Share of the pixels on a consistent flow whose label changed.
  public var flicker: Double
  /// Mean intersection over union by distance to the key.
  public var meanIntersectionOverUnionByAge: [Double?]
  /// Share of the frames by pass.
  public var passShares: [String: Double]
  /// Mean milliseconds by pass.
  public var passMilliseconds: [String: Double]
  /// Mean milliseconds a frame by kind of work.
  public var milliseconds: [String: Double]
  /// Keys by reason.
  public var keys: [String: Int]

  private enum CodingKeys: String, CodingKey {
    case policy = "schedule"
    case flow
    case between
    case fuses = "fuse"
    case looksAhead = "look_ahead"
    case flicker
    case meanIntersectionOverUnionByAge = "mean_iou_by_age"
    case passShares = "pass_share"
    case passMilliseconds = "pass_ms"
    case milliseconds = "ms"
    case keys
  }

  /// The report as lines for people.
  var lines: [String] {
    var lines = ["schedule        \(policy), flow \(flow), \(fuses ? "fused" : "not fused")\(looksAhead ? ", looking ahead" : "")"]
    let passes = Pass.allCases.compactMap { pass in
      passMilliseconds[pass.rawValue].map { String(format: "%@ %.1f %% of %.2f ms", pass.rawValue, (passShares[pass.rawValue] ?? 0) * 100, $0) }
    }
    lines.append("passes          " + passes.joined(separator: ", "))
    lines.append("keys            " + keys.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", "))
    lines.append(
      String(
        format: "a frame         %.2f ms: network %.2f, flow %.2f, warp %.2f", milliseconds.values.reduce(0, +), milliseconds["network"] ?? 0,
        milliseconds["flow"] ?? 0, milliseconds["warp"] ?? 0))
    lines.append(String(format: "flicker         %6.2f %%", flicker * 100))
    for (age, value) in meanIntersectionOverUnionByAge.enumerated() {
      if let value { lines.append(String(format: "  age %3d       %6.2f %%", age, value * 100)) }
    }
    return lines
  }
}
