import CSegKernels

/// The flow kernels once more, as plainly as they can be said, in double precision: what the fast ones are compared with.
struct PlainPlane {
  var width, height: Int
  var values: [Double]

  init(_ width: Int, _ height: Int, _ value: (Int, Int) -> Double) {
    (self.width, self.height) = (width, height)
    values = (0..<height).flatMap { y in (0..<width).map { x in value(x, y) } }
  }

  /// The pixel, or the nearest one of the edge.
  subscript(x: Int, y: Int) -> Double { values[min(max(y, 0), height - 1) * width + min(max(x, 0), width - 1)] }

  /// Bilinear; beyond the edge as at the edge.
  func at(_ x: Double, _ y: Double) -> Double {
    let (left, top) = (Int(x.rounded(.down)), Int(y.rounded(.down)))
    let (u, v) = (x - Double(left), y - Double(top))
    let upper = (1 - u) * self[left, top] + u * self[left + 1, top]
    return (1 - v) * upper + v * ((1 - u) * self[left, top + 1] + u * self[left + 1, top + 1])
  }

  /// A plane of half the size.
  var halved: PlainPlane {
    PlainPlane(width / 2, height / 2) { x, y in (self[2 * x, 2 * y] + self[2 * x + 1, 2 * y] + self[2 * x, 2 * y + 1] + self[2 * x + 1, 2 * y + 1]) / 4 }
  }

  /// Sobel's gradients in values per pixel.
  var gradients: (x: PlainPlane, y: PlainPlane) {
    func across(_ x: Int, _ y: Int) -> Double { self[x, y - 1] + 2 * self[x, y] + self[x, y + 1] }
    func down(_ x: Int, _ y: Int) -> Double { self[x - 1, y] + 2 * self[x, y] + self[x + 1, y] }
    return (
      PlainPlane(width, height) { x, y in (across(x + 1, y) - across(x - 1, y)) / 8 },
      PlainPlane(width, height) { x, y in (down(x, y + 1) - down(x, y - 1)) / 8 }
    )
  }

  /// Central differences.
  var differences: (x: PlainPlane, y: PlainPlane) {
    (PlainPlane(width, height) { x, y in (self[x + 1, y] - self[x - 1, y]) / 2 }, PlainPlane(width, height) { x, y in (self[x, y + 1] - self[x, y - 1]) / 2 })
  }
}

/// The variational refinement of a level: see flow_refine.c for the energy.
struct PlainRefinement {
  var here, there: PlainPlane
  var u, v: PlainPlane

  private static let (smoothness, brightness, gradients, small, noise, relaxation) = (8.0, 5.0, 10.0, 0.01, 0.1, 1.6)

  mutating func run(iterations: Int, sweeps: Int) {
    let (width, height) = (here.width, here.height)
    var inside = PlainPlane(width, height) { _, _ in 0 }
    let warped = PlainPlane(width, height) { x, y in there.at(Double(x) + u[x, y], Double(y) + v[x, y]) }
    for y in 0..<height {
      for x in 0..<width {
        let (px, py) = (Double(x) + u[x, y], Double(y) + v[x, y])
        inside.values[y * width + x] = px >= 0 && py >= 0 && px <= Double(width - 1) && py <= Double(height - 1) ? 1 : 0
      }
    }
    let mean = PlainPlane(width, height) { x, y in (here[x, y] + warped[x, y]) / 2 }
    let t = PlainPlane(width, height) { x, y in warped[x, y] - here[x, y] }
    let (ix, iy) = mean.differences
    let (xx, xy) = ix.differences
    let yy = iy.differences.y
    let (xt, yt) = t.differences
    var du = PlainPlane(width, height) { _, _ in 0 }
    var dv = du
    for _ in 0..<iterations {
      let (tu, tv) = (
        PlainPlane(width, height) { x, y in u[x, y] + du[x, y] }, PlainPlane(width, height) { x, y in v[x, y] + dv[x, y] }
      )
      let (gu, gv) = (tu.differences, tv.differences)
      let diffusivity = PlainPlane(width, height) { x, y in
        let squares = gu.x[x, y] * gu.x[x, y] + gu.y[x, y] * gu.y[x, y] + gv.x[x, y] * gv.x[x, y] + gv.y[x, y] * gv.y[x, y]
        return Self.smoothness / (squares + Self.small * Self.small).squareRoot()
      }
      /// The neighbours inside the picture and their shares.
      func neighbours(_ x: Int, _ y: Int) -> [(x: Int, y: Int, share: Double)] {
        [(x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)].filter { (0..<width).contains($0.0) && (0..<height).contains($0.1) }.map {
          ($0.0, $0.1, (diffusivity[x, y] + diffusivity[$0.0, $0.1]) / 2)
        }
      }
      let (du0, dv0) = (du, dv)
      for half in 0..<(2 * sweeps) {
        for y in 0..<height {
          for x in 0..<width where (x + y + half) % 2 == 0 {
            let (gx, gy, gt, a, b, c) = (ix[x, y], iy[x, y], t[x, y], xx[x, y], xy[x, y], yy[x, y])
            let (at, bt) = (xt[x, y], yt[x, y])
            let scale = 1 / (gx * gx + gy * gy + Self.noise * Self.noise)
            let (scaleX, scaleY) = (1 / (a * a + b * b + Self.noise * Self.noise), 1 / (b * b + c * c + Self.noise * Self.noise))
            let rest = gt + gx * du0[x, y] + gy * dv0[x, y]
            let (restX, restY) = (at + a * du0[x, y] + b * dv0[x, y], bt + b * du0[x, y] + c * dv0[x, y])
            let bright = inside[x, y] * Self.brightness * scale / (rest * rest * scale + Self.small * Self.small).squareRoot()
            let edge = inside[x, y] * Self.gradients / (restX * restX * scaleX + restY * restY * scaleY + Self.small * Self.small).squareRoot()
            var (m11, m12, m22) = (Self.small, 0.0, Self.small)
            m11 += bright * gx * gx + edge * (scaleX * a * a + scaleY * b * b)
            m12 += bright * gx * gy + edge * (scaleX * a * b + scaleY * b * c)
            m22 += bright * gy * gy + edge * (scaleX * b * b + scaleY * c * c)
            var s1 = -bright * gx * gt - edge * (scaleX * a * at + scaleY * b * bt)
            var s2 = -bright * gy * gt - edge * (scaleX * b * at + scaleY * c * bt)
            for other in neighbours(x, y) {
              m11 += other.share
              m22 += other.share
              s1 += other.share * (u[other.x, other.y] - u[x, y] + du[other.x, other.y])
              s2 += other.share * (v[other.x, other.y] - v[x, y] + dv[other.x, other.y])
            }
            let determinant = m11 * m22 - m12 * m12
            du.values[y * width + x] += Self.relaxation * ((m22 * s1 - m12 * s2) / determinant - du[x, y])
            dv.values[y * width + x] += Self.relaxation * ((m11 * s2 - m12 * s1) / determinant - dv[x, y])
          }
        }
      }
    }
    (u, v) = (
      PlainPlane(width, height) { x, y in u[x, y] + du[x, y] }, PlainPlane(width, height) { x, y in v[x, y] + dv[x, y] }
    )
  }
}

/// The search of one level from zero: see flow_search.c.
struct PlainSearch {
  var here, there: PlainPlane
  var columns, rows: [Int]
  var steps: Int
  var goodFit = 0.0

  private static let (floor, shortest, same) = (32.0, 0.02, 0.05)

  private func differences(_ column: Int, _ row: Int, _ u: Double, _ v: Double) -> [Double] {
    let x = min(max(Double(column) + u, -7), Double(there.width - 1))
    let y = min(max(Double(row) + v, -7), Double(there.height - 1))
    return (0..<64).map { there.at(x + Double($0 % 8), y + Double($0 / 8)) - here[column + $0 % 8, row + $0 / 8] }
  }

  private static func error(_ differences: [Double]) -> Double {
    let sum = differences.reduce(0, +)
    return differences.reduce(0) { $0 + $1 * $1 } - sum * sum / 64
  }

  /// The flow of every pixel: (u, v).
  func run() -> (PlainPlane, PlainPlane) {
    let (gradientX, gradientY) = here.gradients
    var places = [(u: Double, v: Double)](repeating: (0, 0), count: columns.count * rows.count)
    var errors = [Double](repeating: 0, count: places.count)
    func settle(_ index: Int, _ others: [Int]) {
      let (column, row) = (columns[index % columns.count], rows[index / columns.count])
      var gx = (0..<64).map { gradientX[column + $0 % 8, row + $0 / 8] }
      var gy = (0..<64).map { gradientY[column + $0 % 8, row + $0 / 8] }
      let (meanX, meanY) = (gx.reduce(0, +) / 64, gy.reduce(0, +) / 64)
      gx = gx.map { $0 - meanX }
      gy = gy.map { $0 - meanY }
      let (xx, yy) = (gx.reduce(Self.floor) { $0 + $1 * $1 }, gy.reduce(Self.floor) { $0 + $1 * $1 })
      let xy = zip(gx, gy).reduce(0) { $0 + $1.0 * $1.1 }
      let determinant = xx * yy - xy * xy
      let own = places[index]
      var best = differences(column, row, own.u, own.v)
      var (u, v) = own
      for other in others.map({ places[$0] }) where abs(other.u - u) >= Self.same || abs(other.v - v) >= Self.same {
        let tried = differences(column, row, other.u, other.v)
        if Self.error(tried) < Self.error(best) { (best, u, v) = (tried, other.u, other.v) }
      }
      let start = (u: u, v: v)
      for _ in 0..<steps {
        let (bx, by) = (zip(best, gx).reduce(0) { $0 + $1.0 * $1.1 }, zip(best, gy).reduce(0) { $0 + $1.0 * $1.1 })
        let (stepX, stepY) = ((yy * bx - xy * by) / determinant, (xx * by - xy * bx) / determinant)
        let tried = differences(column, row, u - stepX, v - stepY)
        if !(Self.error(tried) < Self.error(best)) { break }
        (best, u, v) = (tried, u - stepX, v - stepY)
        if stepX * stepX + stepY * stepY < Self.shortest * Self.shortest { break }
      }
      let isLost = (u - start.u) * (u - start.u) + (v - start.v) * (v - start.v) > 64
      places[index] = isLost ? start : (u, v)
      errors[index] = Self.error(best)
    }
    let count = columns.count
    for index in places.indices { settle(index, (index % count > 0 ? [index - 1] : []) + (index >= count ? [index - count] : [])) }
    for index in places.indices.reversed() where errors[index] >= 64 * goodFit * goodFit {
      settle(index, (index % count + 1 < count ? [index + 1] : []) + (index + count < places.count ? [index + count] : []))
    }
    var weights = PlainPlane(here.width, here.height) { _, _ in 0 }
    var (sumU, sumV) = (weights, weights)
    for (index, place) in places.enumerated() {
      let (column, row) = (columns[index % count], rows[index / count])
      for (pixel, difference) in differences(column, row, place.u, place.v).enumerated() {
        let (x, y) = (column + pixel % 8, row + pixel / 8)
        if x >= here.width || y >= here.height { continue }
        let weight = 1 / max(1, abs(difference))
        weights.values[y * here.width + x] += weight
        sumU.values[y * here.width + x] += weight * place.u
        sumV.values[y * here.width + x] += weight * place.v
      }
    }
    return (
      PlainPlane(here.width, here.height) { x, y in sumU[x, y] / weights[x, y] }, PlainPlane(here.width, here.height) { x, y in sumV[x, y] / weights[x, y] }
    )
  }
}
