import CSegKernels
import SegTestSupport
import Testing

/// The kernels against their definition, one number at a time.
@Suite struct ScoreKernelTests {
  private struct Case {
    let height: Int32
    let width: Int32
    let channels: Int32
    var first, second, firstField, secondField: [Float]
    let mask: [UInt8]
    let maskColumns: [Int32]
    let (maskHeight, maskWidth): (Int32, Int32)

    init(_ height: Int32, _ width: Int32, _ channels: Int32, seed: UInt64) {
      var random = RandomNumbers(seed: seed)
      (self.height, self.width, self.channels) = (height, width, channels)
      let places = Int(height * width)
      first = random.floats(places * Int(channels), in: -4...4)
      second = random.floats(places * Int(channels), in: -4...4)
      firstField = random.floats(2 * places, in: -3...3)
      secondField = random.floats(2 * places, in: -30...30)
      (maskHeight, maskWidth) = (height / 2 + 1, width * 2)
      mask = (0..<Int(maskHeight * maskWidth)).map { _ in Bool.random(using: &random) ? 255 : 0 }
      let maskWidth = maskWidth
      maskColumns = (0..<width).map { (2 * $0 + 1) * maskWidth / (2 * width) }
    }

    /// The blend by its definition.
    func expected(_ row: Int, _ column: Int, _ channel: Int, share: Float, mixes: Bool, moves: Bool, masked: Bool) -> Float {
      func sample(_ map: [Float], _ field: [Float]?) -> Float {
        let place = row * Int(width) + column
        let x = max(0, min(Float(width - 1), Float(column) + (field?[2 * place] ?? 0)))
        let y = max(0, min(Float(height - 1), Float(row) + (field?[2 * place + 1] ?? 0)))
        let (left, top) = (Int(x), Int(y))
        let (right, bottom) = (min(left + 1, Int(width) - 1), min(top + 1, Int(height) - 1))
        let value = { (y: Int, x: Int) in map[(y * Int(width) + x) * Int(channels) + channel] }
        let (across, down) = (x - Float(left), y - Float(top))
        let upper = value(top, left) * (1 - across) + value(top, right) * across
        return upper * (1 - down) + (value(bottom, left) * (1 - across) + value(bottom, right) * across) * down
      }
      let maskRow = (2 * row + 1) * Int(maskHeight) / (2 * Int(height))
      let isMixed = mixes && (!masked || mask[maskRow * Int(maskWidth) + Int(maskColumns[column])] != 0)
      let old = sample(first, moves ? firstField : nil)
      return isMixed ? (1 - share) * old + share * sample(second, secondField) : old
    }

    /// Calls `body` with the kernel's arguments.
    mutating func with(share: Float, mixes: Bool, moves: Bool, masked: Bool, _ body: (inout SegScoreBlend) -> Void) {
      var work = SegScoreBlend()
      let (height, width, channels) = (height, width, channels)
      func view(_ field: UnsafeBufferPointer<Float>) -> SegFlowView {
        var view = SegFlowView()
        (view.field, view.field_width, view.width, view.height, view.scale_x, view.scale_y) = (field.baseAddress, width, width, height, 1, 1)
        return view
      }
      let map = { (data: UnsafeMutablePointer<Float>?) in SegMap(data: data, height: height, width: width, channels: channels, pixel_stride: channels) }
      (work.share, work.mask_height, work.mask_width) = (share, maskHeight, maskWidth)
      first.withUnsafeMutableBufferPointer { first in
        second.withUnsafeMutableBufferPointer { second in
          firstField.withUnsafeBufferPointer { firstField in
            secondField.withUnsafeBufferPointer { secondField in
              let (firstView, secondView) = (view(firstField), view(secondField))
              mask.withUnsafeBufferPointer { mask in
                maskColumns.withUnsafeBufferPointer { columns in
                  work.first = map(first.baseAddress)
                  work.second = mixes ? map(second.baseAddress) : SegMap()
                  if masked { (work.mask, work.mask_columns) = (mask.baseAddress, columns.baseAddress) }
                  withUnsafePointer(to: firstView) { first in
                    withUnsafePointer(to: secondView) { second in
                      (work.first_flow, work.second_flow) = (moves ? first : nil, second)
                      body(&work)
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  }

  private static let shapes: [(Int32, Int32, Int32)] = [(1, 1, 1), (7, 5, 3), (9, 33, 12), (13, 17, 16), (6, 19, 19), (5, 40, 35)]

  @Test(arguments: shapes, [false, true])
  func blendsAndLabelsAreThoseOfTheDefinition(shape: (Int32, Int32, Int32), masked: Bool) {
    for (mixes, moves) in [(false, true), (false, false), (true, true), (true, false)] {
      var scores = Case(shape.0, shape.1, shape.2, seed: UInt64(shape.0 * shape.1))
      let (height, width, channels) = (Int(shape.0), Int(shape.1), Int(shape.2))
      var output = [Float](repeating: .nan, count: height * width * channels)
      var labels = [UInt8](repeating: 77, count: height * width)
      let ignored = channels > 2 ? 1 : -1
      scores.with(share: 0.3, mixes: mixes, moves: moves, masked: masked) { work in
        output.withUnsafeMutableBufferPointer { target in
          work.output = SegMap(data: target.baseAddress, height: shape.0, width: shape.1, channels: shape.2, pixel_stride: shape.2)
          seg_scores_blend(&work, 0, shape.0 / 2)
          seg_scores_blend(&work, shape.0 / 2, shape.0)
        }
        var written = output
        labels.withUnsafeMutableBufferPointer { target in
          written.withUnsafeMutableBufferPointer { scores in
            var arguments = SegScoreLabels()
            (arguments.blend, arguments.labels, arguments.ignored) = (work, target.baseAddress, Int32(ignored))
            // A mask needs the scores written as well; without one the labels are made of the maps alone.
            arguments.blend.output.data = masked ? scores.baseAddress : nil
            scores.update(repeating: .nan)
            seg_scores_label(&arguments, 0, shape.0 / 2)
            seg_scores_label(&arguments, shape.0 / 2, shape.0)
          }
        }
        if masked { #expect(written == output) }
      }
      for row in 0..<height {
        for column in 0..<width {
          let expected = (0..<channels).map {
            scores.expected(row, column, $0, share: 0.3, mixes: mixes, moves: moves, masked: masked)
          }
          let place = row * width + column
          for channel in 0..<channels { #expect(abs(output[place * channels + channel] - expected[channel]) < 1e-5) }
          let best = expected.indices.filter { $0 != ignored }.max { expected[$0] < expected[$1] } ?? 0
          #expect(Int(labels[place]) == best || expected[best] - expected[Int(labels[place])] < 1e-5)
          #expect(Int(labels[place]) != ignored)
        }
      }
    }
  }

  @Test("labels of the maps spare work and change nothing", arguments: [(9, 33, 12), (30, 50, 3), (1, 7, 2), (3, 600, 4)] as [(Int32, Int32, Int32)])
  func knownLabelsChangeNothing(shape: (Int32, Int32, Int32)) {
    for (mixes, moves) in [(false, true), (false, false), (true, true)] {
      var scores = Case(shape.0, shape.1, shape.2, seed: 5)
      let channels = Int(shape.2)
      // Regions of one label, so that some pixels have four corners alike.
      for place in 0..<Int(shape.0 * shape.1) {
        let region = (place % Int(shape.1) / 6 + place / Int(shape.1) / 5) % channels
        scores.first[place * channels + region] += 9
        scores.second[place * channels + region] += 9
      }
      func best(_ map: [Float]) -> [UInt8] {
        (0..<Int(shape.0 * shape.1)).map { place in
          UInt8((0..<channels).max { map[place * channels + $0] < map[place * channels + $1] } ?? 0)
        }
      }
      func common(_ labels: [UInt8]) -> [UInt8] {
        var result = labels
        seg_common_labels(labels, shape.1, shape.0, &result)
        return result
      }
      let (first, second) = (common(best(scores.first)), common(best(scores.second)))
      var plain = [UInt8](repeating: 77, count: first.count)
      var known = plain
      scores.with(share: 0.4, mixes: mixes, moves: moves, masked: false) { work in
        plain.withUnsafeMutableBufferPointer { target in
          var arguments = SegScoreLabels()
          (arguments.blend, arguments.labels, arguments.ignored) = (work, target.baseAddress, -1)
          seg_scores_label(&arguments, 0, shape.0)
        }
        known.withUnsafeMutableBufferPointer { target in
          first.withUnsafeBufferPointer { first in
            second.withUnsafeBufferPointer { second in
              var arguments = SegScoreLabels()
              (arguments.blend, arguments.labels, arguments.ignored) = (work, target.baseAddress, -1)
              (arguments.first_common, arguments.second_common) = (first.baseAddress, second.baseAddress)
              seg_scores_label(&arguments, 0, shape.0)
            }
          }
        }
      }
      #expect(known == plain)
    }
  }

  @Test("common labels are those of a pixel, the next, the one below and its next, with the edge going on", arguments: [(1, 1), (1, 6), (7, 1), (9, 14)])
  func commonLabels(size: (Int, Int)) {
    var random = RandomNumbers(seed: 8)
    let (width, height) = size
    let labels = (0..<width * height).map { _ in UInt8.random(in: 0...1, using: &random) }
    var common = [UInt8](repeating: 77, count: labels.count)
    seg_common_labels(labels, Int32(width), Int32(height), &common)
    for y in 0..<height {
      for x in 0..<width {
        let (right, below) = (min(x + 1, width - 1), min(y + 1, height - 1))
        let corners = Set([(x, y), (right, y), (x, below), (right, below)].map { labels[$0.1 * width + $0.0] })
        #expect(common[y * width + x] == (corners.count == 1 ? labels[y * width + x] : 255))
      }
    }
  }

  @Test("a field of another size is read as the field resampled to the maps", arguments: [(9, 33), (20, 520), (20, 1), (7, 1034)] as [(Int32, Int32)])
  func fieldsOfAnotherSize(size: (Int32, Int32)) {
    let (height, width) = size
    for (fieldHeight, fieldWidth) in [((height + 1) / 2, (width + 1) / 2), (height / 2, max(1, width / 2)), (height + 3, width / 3 + 1)] {
      var random = RandomNumbers(seed: 4)
      let field = random.floats(2 * Int(fieldHeight * fieldWidth), in: -9...9)
      var scores = random.floats(3 * Int(height * width), in: -4...4)
      var rows = [SegTap](repeating: SegTap(), count: Int(height))
      var columns = [SegTap](repeating: SegTap(), count: Int(width))
      seg_resize_taps(&rows, height, fieldHeight, 0)
      seg_resize_taps(&columns, width, fieldWidth, 0)
      var view = SegFlowView()
      (view.field_width, view.width, view.height) = (fieldWidth, width, height)
      (view.scale_x, view.scale_y) = (Float(width) / Float(fieldWidth), Float(height) / Float(fieldHeight))
      var resampled = [Float](repeating: .nan, count: 2 * Int(height * width))
      func labels(_ view: SegFlowView) -> [UInt8] {
        var labels = [UInt8](repeating: 77, count: Int(height * width))
        scores.withUnsafeMutableBufferPointer { scores in
          labels.withUnsafeMutableBufferPointer { target in
            withUnsafePointer(to: view) { flow in
              var arguments = SegScoreLabels()
              arguments.blend.first = SegMap(data: scores.baseAddress, height: height, width: width, channels: 3, pixel_stride: 3)
              (arguments.blend.first_flow, arguments.labels, arguments.ignored) = (flow, target.baseAddress, -1)
              seg_scores_label(&arguments, 0, height)
            }
          }
        }
        return labels
      }
      field.withUnsafeBufferPointer { field in
        rows.withUnsafeBufferPointer { rows in
          columns.withUnsafeBufferPointer { columns in
            (view.field, view.rows, view.columns) = (field.baseAddress, rows.baseAddress, columns.baseAddress)
            seg_flow_resample(&view, &resampled)
            for y in 0..<Int(height) {
              for x in 0..<Int(width) {
                let (down, across) = (rows[y], columns[x])
                for axis in 0..<2 {
                  func vector(_ row: Int32, _ column: Int32) -> Float { field[2 * Int(row * fieldWidth + column) + axis] }
                  let upper = vector(down.first, across.first) * (1 - across.weight) + vector(down.first, across.second) * across.weight
                  let lower = vector(down.second, across.first) * (1 - across.weight) + vector(down.second, across.second) * across.weight
                  let expected = (upper * (1 - down.weight) + lower * down.weight) * (axis == 0 ? view.scale_x : view.scale_y)
                  #expect(abs(resampled[2 * (y * Int(width) + x) + axis] - expected) < 1e-3)
                }
              }
            }
            let direct = labels(view)
            resampled.withUnsafeBufferPointer { whole in
              var same = SegFlowView()
              (same.field, same.field_width, same.width, same.height, same.scale_x, same.scale_y) = (whole.baseAddress, width, width, height, 1, 1)
              #expect(labels(same) == direct)
            }
          }
        }
      }
    }
  }

  @Test("the first of equal scores is chosen, and one that is no number never after a number")
  func equalScoresAndWhatIsNoNumber() {
    var scores: [Float] = [1, 3, 3, 2, .nan, 0, 5, .infinity, 0, 0, 0, 0, -1, -2, .nan, -1]
    var labels = [UInt8](repeating: 9, count: 4)
    scores.withUnsafeMutableBufferPointer { scores in
      labels.withUnsafeMutableBufferPointer { target in
        var arguments = SegScoreLabels()
        arguments.blend.first = SegMap(data: scores.baseAddress, height: 1, width: 4, channels: 4, pixel_stride: 4)
        (arguments.labels, arguments.ignored) = (target.baseAddress, -1)
        seg_scores_label(&arguments, 0, 1)
      }
    }
    #expect(labels[0] == 1 && labels[2] == 0 && labels[3] == 0)
  }

  @Test func differencesAndLengthsAreSums() {
    var random = RandomNumbers(seed: 3)
    for count in [0, 1, 17, 4096, 5001] {
      let left = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      let right = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      #expect(seg_bytes_difference(left, right, count) == zip(left, right).reduce(0) { $0 + UInt64(abs(Int($1.0) - Int($1.1))) })
      let vectors = random.floats(2 * count, in: -9...9)
      var length = 0.0
      for index in 0..<count {
        let (x, y) = (vectors[2 * index], vectors[2 * index + 1])
        length += Double((x * x + y * y).squareRoot())
      }
      #expect(abs(seg_flow_length(vectors, count) - length) <= 1e-5 * length)
    }
  }
}
