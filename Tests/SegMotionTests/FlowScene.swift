import Foundation
import SegBase
import SegMotion
import SegTestSupport
import SegVideo

/// Pictures with a known flow between them.
enum FlowScene {
  /// A grey picture whose pixel (x, y) is `texture(x, y)`.
  static func picture(_ size: PixelSize, _ texture: (Double, Double) -> Double) -> PixelImage {
    var image = PixelImage(size: size, format: .gray8)
    image.withMutableBytes { bytes in
      for y in 0..<size.height {
        for x in 0..<size.width { bytes[y * size.width + x] = UInt8(max(0, min(255, texture(Double(x), Double(y)).rounded()))) }
      }
    }
    return image
  }

  /// A smooth random texture over the plane: sums of waves of 9 to 60 pixels' length in all directions, around 128.
  static func texture(seed: UInt64) -> (Double, Double) -> Double {
    var random = RandomNumbers(seed: seed)
    let waves = (0..<24).map { _ in
      let angle = Double.random(in: 0...(2 * .pi), using: &random)
      let frequency = 2 * Double.pi / Double.random(in: 9...60, using: &random)
      return (x: cos(angle) * frequency, y: sin(angle) * frequency, phase: Double.random(in: 0...(2 * .pi), using: &random))
    }
    return { x, y in 128 + waves.reduce(0) { $0 + 14 * sin($1.x * x + $1.y * y + $1.phase) } }
  }

  /// A field whose vector at (x, y) is `vector(x, y)`.
  static func field(_ size: PixelSize, _ vector: (Float, Float) -> (Float, Float)) -> FlowField {
    var field = FlowField(size: size)
    for y in 0..<size.height {
      for x in 0..<size.width {
        let value = vector(Float(x), Float(y))
        field[x, y] = (x: value.0, y: value.1)
      }
    }
    return field
  }

  /// The distance of two fields of one size at every pixel at least `margin` from the edge, where `counts` says so.
  static func errors(_ field: borrowing FlowField, _ exact: borrowing FlowField, margin: Int = 0, counting counts: (Int, Int) -> Bool = { _, _ in true })
    -> [Float]
  {
    var errors: [Float] = []
    for y in margin..<(field.size.height - margin) {
      for x in margin..<(field.size.width - margin) where counts(x, y) {
        let (a, b) = (field[x, y], exact[x, y])
        errors.append(((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y)).squareRoot())
      }
    }
    return errors
  }

  /// The picture, the exact flow to the next picture and its validity, from Samples/street_flow; pictures 0 to 5, flow of 0 to 4.
  static func street(_ number: Int) throws -> PixelImage {
    try ImageFile.readIndexed(SharedData.packageRoot.appendingPathComponent("Samples/street_flow/\(number).png").path)
  }

  static func streetFlow(_ number: Int) throws -> FlowField {
    let data = try Data(contentsOf: SharedData.packageRoot.appendingPathComponent("Samples/street_flow/\(number).flow"))
    var field = FlowField(size: PixelSize(width: 224, height: 126))
    field.withMutableVectors { _ = data.copyBytes(to: $0) }
    return field
  }

  static func streetValidity(_ number: Int) throws -> PixelImage {
    try ImageFile.readIndexed(SharedData.packageRoot.appendingPathComponent("Samples/street_flow/\(number)_valid.png").path)
  }
}

extension Array where Element == Float {
  var mean: Float { isEmpty ? 0 : reduce(0, +) / Float(count) }
  var median: Float { isEmpty ? 0 : sorted()[count / 2] }
}

extension PixelImage {
  /// The bytes, row after row.
  var bytes: [UInt8] { withBytes { Array($0) } }
}

extension FlowField {
  /// The vectors' components, x and y in turn.
  var vectors: [Float] { withVectors { Array($0) } }
}
