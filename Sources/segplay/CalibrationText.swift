import Foundation
import SegModels

/// A calibration's report for people.
enum CalibrationText {
  /// The lines of the report; `file` is where the table was written.
  static func lines(_ report: CalibrationReport, file: String) -> [String] {
    let kept = report.kept
    let other = report.floatPrecision
    var lines: [String] = []
    if let layers = report.layers {
      let width = max(3, layers.map(\.name.count).max() ?? 0)
      lines.append("\(TableText.padded("map", width))      int8  \(TableText.padded(other, 8))  relative error")
      for layer in layers {
        lines.append("\(TableText.padded(layer.name, width))  \(String(format: "%8.5f  %8.5f", layer.int8, layer.float))")
      }
      lines.append("")
    }
    if !kept.isEmpty {
      let width = max(4, kept.map(\.name.count).max() ?? 0)
      lines.append("stays in  \(TableText.padded("layer", width))  why")
      for node in kept {
        let why = node.reason == "recipe" ? "the network's recipe" : "alone in int8: \(percent(node.loss ?? 0)) of \(report.measure)"
        lines.append("\(TableText.padded(node.precision, 8))  \(TableText.padded(node.name, width))  \(why)")
      }
      lines.append("")
    }
    lines.append("network      \(report.network), \(report.input), \(report.ranges) maps measured on \(report.frames) frames")
    let rules = report.ruleLosses.sorted { $0.value < $1.value }.map { "\($0.key) \(percent($0.value))" }.joined(separator: ", ")
    lines.append("ranges by    \(report.rule); loss by rule: \(rules)")
    lines.append("int8         \(report.nodes.count - kept.count) of \(report.nodes.count) layers, \(kept.count) stay in \(other)")
    lines.append("loss         \(percent(report.loss)) (\(report.measure), \(report.lossFrames) frames); limit \(percent(report.limit))")
    if report.lossAtFirst != report.loss { lines.append("             \(percent(report.lossAtFirst)) with none kept for its loss") }
    if report.floatLoss > 0 { lines.append("             \(percent(report.floatLoss)) with everything in \(other)") }
    lines.append("written      \(file)")
    return lines
  }

  private static func percent(_ share: Double) -> String { String(format: "%.3f %%", 100 * share) }
}
