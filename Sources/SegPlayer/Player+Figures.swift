import Foundation
import SegBase
import SegExport
import SegModels
import SegOverlay
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
    figures.maskAge = mask?.presentationTime.subtracted(from: current?.presentationTime)
    figures.classShares = classShares()
    display.update(figures, caption)
  }

  private func classShares() -> [(name: String, colour: Colour, share: Double)] {
    guard let classes = loadedModel?.classes else { return [] }
    switch mask {
    case .none: return []
    case .some(let result):
      return ClassShares.of(result.labels).filter { $0.label < classes.count }.map {
        (name: classes.names[$0.label], colour: style.palette[$0.label], share: $0.share)
      }
    }
  }

  private var caption: PlayerCaption {
    let rate = information.frameRate.map { String(format: " %.4g fps", $0) } ?? ""
    return PlayerCaption(
      video: "\(URL(fileURLWithPath: configuration.location).lastPathComponent)  \(information.displaySize)\(rate) \(information.codecName)",
      model: loadedModel.map { "\(shelf.requests[modelNumber - 1].displayName) (\($0.architecture.title)) f32" } ?? "no network",
      schedule: configuration.showsEveryFrame ? "every frame" : "newest frame",
      recording: recorder.map { "\($0.frames)" })
  }
}

extension MediaTime {
  /// How much later `other` is; nil where there is no other.
  fileprivate func subtracted(from other: MediaTime?) -> MediaTime? { other.map { $0 - self } }
}
