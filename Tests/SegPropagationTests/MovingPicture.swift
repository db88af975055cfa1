import Foundation
import SegBase
import SegModels
import SegPropagation
import SegSchedule
import SegTestSupport

/// Pictures that move in a known way, and networks for them.
enum MovingPicture {
  static let size = PixelSize(width: 160, height: 120)

  /// RGB of a smooth random texture, moved to the right and down by (x, y) pixels; `noise` is the greatest change of a byte.
  static func picture(seed: UInt64, x: Double = 0, y: Double = 0, noise: Int = 0, noiseSeed: UInt64 = 0, size: PixelSize = size) -> PixelImage {
    var random = RandomNumbers(seed: seed)
    let waves = (0..<24).map { _ in
      let angle = Double.random(in: 0...(2 * .pi), using: &random)
      let frequency = 2 * Double.pi / Double.random(in: 12...60, using: &random)
      return (
        x: cos(angle) * frequency, y: sin(angle) * frequency, phase: Double.random(in: 0...(2 * .pi), using: &random),
        channel: Int.random(in: 0...2, using: &random)
      )
    }
    var noiseNumbers = RandomNumbers(seed: noiseSeed)
    var image = PixelImage(size: size, format: .rgb24)
    image.withMutableBytes { bytes in
      for row in 0..<size.height {
        for column in 0..<size.width {
          var values = [120.0, 120, 120]
          for wave in waves { values[wave.channel] += 16 * sin(wave.x * (Double(column) - x) + wave.y * (Double(row) - y) + wave.phase) }
          for channel in 0..<3 {
            let value = values[channel] + (noise == 0 ? 0 : Double(Int.random(in: -noise...noise, using: &noiseNumbers)))
            bytes[(row * size.width + column) * 3 + channel] = UInt8(max(0, min(255, value.rounded())))
          }
        }
      }
    }
    return image
  }

  /// A dark picture that has nothing in common with the others.
  static func dark(_ index: Int) -> PixelImage {
    var image = picture(seed: 99, x: Double(index))
    image.withMutableBytes { bytes in for place in bytes.indices { bytes[place] = bytes[place] / 4 } }
    return image
  }

  static func model(classes: Int = 5) throws -> LoadedModel { try LoadedModel.random(architecture: .enet, classCount: classes) }

  /// The labels and results of frames at 25 a second; `picture` makes them by their number.
  static func run(
    _ settings: SequenceSettings, frames: Int, model: LoadedModel? = nil, picture: (Int) -> PixelImage
  ) throws -> (labels: [[UInt8]], results: [FrameResult]) {
    let sequence = try FrameSequence(model ?? MovingPicture.model(), settings: settings)
    var labels: [[UInt8]] = []
    var results: [FrameResult] = []
    for index in 0..<frames {
      let image = picture(index)
      results.append(try sequence.process(image, at: MediaTime(seconds: Double(index) / 25), duration: 0.04))
      labels.append(sequence.labels.withBytes { Array($0) })
    }
    return (labels, results)
  }

  /// Settings of a policy.
  static func settings(_ policy: SchedulePolicy, fuses: Bool = false) -> SequenceSettings {
    var settings = SequenceSettings(policy: policy)
    settings.fuses = fuses
    return settings
  }
}

extension [FrameResult] {
  /// Numbers of the frames that are keys.
  var keys: [Int] { indices.filter { self[$0].decision.isKey } }
}
