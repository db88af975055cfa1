import SegGraph
import SegTensor
import Testing

@testable import SegRuntime

@Suite struct EnlargedAxisTests {
  private func convolution(_ rows: Int, _ columns: Int, dilation: Int = 1, padding: Padding) -> Convolution {
    var convolution = Convolution(weight: Tensor(shape: [16, 1, rows, columns], floats: [Float](repeating: 1, count: 16 * rows * columns)))
    (convolution.dilation, convolution.padding) = ((dilation, dilation), padding)
    return convolution
  }

  @Test("a result's shares of each tap add up to one inside and to nothing outside", arguments: [1, 2, 5])
  func sharesAddUp(dilation: Int) {
    let padding = Padding(top: 3, bottom: 1, left: 2, right: 4)
    for corners in [false, true] {
      let axis = EnlargedAxis(
        convolution(3, 1, dilation: dilation, padding: padding), Enlargement(height: 23, width: 8, alignCorners: corners), .rows,
        from: FeatureShape(height: 9, width: 4, channels: 1))
      #expect(axis.shares.count == 23 + 4 - 2 * dilation && axis.mostShares == 6)
      for (output, shares) in axis.shares.enumerated() {
        for tap in 0..<3 {
          let sum = shares.filter { $0.tap == tap }.reduce(0) { $0 + $1.share }
          let isInside = (0..<23).contains(output - 3 + tap * dilation)
          #expect(abs(sum - (isInside ? 1 : 0)) < 1e-6)
        }
        #expect(shares.allSatisfy { $0.share != 0 && (0..<9).contains($0.place) })
      }
    }
  }

  @Test("rows are made once each, in order, when all they need is there and still kept", arguments: 1...9)
  func order(stripRows: Int) {
    for (height, large, dilation) in [(9, 18, 1), (7, 30, 2), (1, 5, 1), (13, 13, 4), (16, 32, 2)] {
      let axis = EnlargedAxis(
        convolution(3, 3, dilation: dilation, padding: Padding(2 * dilation)), Enlargement(height: large, width: large, alignCorners: true), .rows,
        from: FeatureShape(height: height, width: height, channels: 1))
      let plan = EnlargedRows(axis, stripRows: stripRows)
      var (rows, results) = (0, 0)
      for strip in plan.strips {
        #expect(strip.rows.lowerBound == rows && strip.results.lowerBound == results && !strip.rows.isEmpty)
        (rows, results) = (strip.rows.upperBound, strip.results.upperBound)
        #expect(strip.rows.lowerBound % plan.ringRows + strip.rows.count <= plan.ringRows)
        for result in strip.results {
          #expect(axis.shares[result].allSatisfy { $0.place < rows && $0.place >= rows - plan.ringRows })
        }
        #expect(strip.results.count <= plan.mostRows && plan.stripSizes.contains(strip.rows.count))
      }
      #expect(rows == height && results == axis.shares.count)
    }
  }

  @Test("strips divide the rows evenly where they can without becoming half as long")
  func evenStrips() {
    let axis = { (height: Int) in
      EnlargedAxis(
        self.convolution(3, 3, padding: Padding(1)), Enlargement(height: 2 * height, width: 4, alignCorners: false), .rows,
        from: FeatureShape(height: height, width: 2, channels: 1))
    }
    #expect(EnlargedRows(axis(69), stripRows: 4).stripSizes == [3])
    #expect(EnlargedRows(axis(16), stripRows: 5).stripSizes == [4])
    #expect(EnlargedRows(axis(67), stripRows: 4).stripSizes == [4, 3])
    #expect(EnlargedRows(axis(3), stripRows: 100).stripSizes == [3])
  }
}
