import Foundation
import SegBase
import SegExport
import SegModels
import SegOverlay
import SegSchedule
import SegVideo

/// Live figures.
extension Player {
  /// Measures and shows the figures.
  func updateFigures(_ now: UInt64) {
    nextFiguresUpdate = now + Self.figuresInterval
    figures.position = current?.presentationTime ?? .zero
    figures.networkRate = modelNumber == 0 ? 0 : networkMeter.rate(at: now)
    figures.shownRate = clock.isPaused ? 0 : shownMeter.rate(at: now)
    figures.corruptPackets = source.corruptPackets
    figures.bytesPerFrame = display.bytesPerFrame
    figures.speed = clock.speed
    figures.isPaused = clock.isPaused
    let isBlank = mask?.pass.decision.isBlank == true
    figures.maskAge = isBlank ? nil : mask?.presentationTime.subtracted(from: current?.presentationTime)
    figures.legend = legend()
    figures.passShares = Pass.allCases.compactMap { statistics.count(of: $0) > 0 ? ($0, statistics.share(of: $0)) : nil }
    figures.strip = statistics.strip
    figures.keyInterval = statistics.keyCount > 1 ? Double(statistics.frames) / Double(statistics.keyCount) : nil
    figures.bringsForward = modelNumber != 0 && inference.policy != .every
    display.update(figures, caption)
  }

  private func legend() -> [LegendEntry] {
    guard let model = loadedModel else { return [] }
    let classes = model.classes
    switch mask {
    case .some(let result) where !result.pass.decision.isBlank:
      if !model.findsInstances {
        return ClassShares.of(result.labels).filter { $0.label < classes.count }.map {
          LegendEntry(name: classes.names[$0.label], colour: style.palette[$0.label], amount: .share($0.share))
        }
      }
      var counts: [Int: Int] = [:]
      for instance in result.instances where instance.classIndex < classes.count { counts[instance.classIndex, default: 0] += 1 }
      return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { index, count in
        LegendEntry(name: classes.names[index], colour: instanceOptions.colouring == .byClass ? style.palette[index] : nil, amount: .count(count))
      }
    default: return []
    }
  }

  private var caption: PlayerCaption {
    let rate = information.frameRate.map { String(format: " %.4g fps", $0) } ?? ""
    return PlayerCaption(
      video: "\(URL(fileURLWithPath: configuration.location).lastPathComponent)  \(information.displaySize)\(rate) \(information.codecName)",
      model: loadedModel.map { "\(shelf.requests[modelNumber - 1].displayName) (\($0.architecture.title)) \($0.precisionName)" } ?? "no network",
      schedule: configuration.showsEveryFrame ? "every frame, \(inference.policy)" : "\(inference.policy)",
      recording: recorder.map { "\($0.frames)" })
  }
}

extension MediaTime {
  /// How much later `other` is; nil where there is no other.
  fileprivate func subtracted(from other: MediaTime?) -> MediaTime? { other.map { $0 - self } }
}
