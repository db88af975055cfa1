public import SegBase

/// Counts of pixels by their true class (row) and the class a network gave them (column).
///
/// Intersection over union of a class is the count on the diagonal divided by the pixels that are of the class, or were given it, or both.
public struct ConfusionMatrix: Sendable, Equatable {
  /// How many classes rows and columns stand for.
  public let classCount: Int
  private var counts: [Int]

  /// Makes an empty matrix of `classCount` x `classCount`, 1...256.
  public init(classCount: Int) {
    precondition((1...256).contains(classCount), "1...256 classes")
    self.classCount = classCount
    counts = [Int](repeating: 0, count: classCount * classCount)
  }

  /// Pixels of class `truth` that were given class `prediction`.
  public subscript(truth truth: Int, prediction prediction: Int) -> Int { counts[truth * classCount + prediction] }

  /// Adds the pixels of two label maps of the same size (gray8, one class index a pixel).
  ///
  /// True labels of `ignoredLabel`, and those that are no class at all, don't count. A prediction that is no class counts as wrong for its true class.
  public mutating func add(truth: borrowing PixelImage, prediction: borrowing PixelImage, ignoredLabel: Int?) {
    precondition(truth.size == prediction.size && truth.format == .gray8 && prediction.format == .gray8, "label maps of one size")
    // A joint histogram of raw bytes first: the loop over pixels then has no branches.
    var joint = [Int32](repeating: 0, count: 65_536)
    joint.withUnsafeMutableBufferPointer { joint in
      truth.withBytes { truth in
        prediction.withBytes { prediction in
          for index in 0..<truth.count { joint[Int(truth[index]) << 8 | Int(prediction[index])] &+= 1 }
        }
      }
    }
    for trueClass in 0..<classCount where trueClass != ignoredLabel {
      for predicted in 0..<256 {
        let pixels = Int(joint[trueClass << 8 | predicted])
        if pixels == 0 { continue }
        if predicted < classCount { counts[trueClass * classCount + predicted] += pixels } else { strays[trueClass, default: 0] += pixels }
      }
    }
  }

  /// Pixels of a true class whose prediction is no class of the matrix.
  private var strays: [Int: Int] = [:]

  /// Adds another matrix of the same class count.
  public mutating func add(_ other: ConfusionMatrix) {
    precondition(classCount == other.classCount, "matrices of one class count")
    for index in counts.indices { counts[index] += other.counts[index] }
    strays.merge(other.strays, uniquingKeysWith: +)
  }

  /// Pixels that count.
  public var total: Int { counts.reduce(0, +) + strays.values.reduce(0, +) }

  /// Share of pixels whose class is right, 0...1; 0 where nothing was counted.
  public var pixelAccuracy: Double {
    let right = (0..<classCount).reduce(0) { $0 + counts[$1 * classCount + $1] }
    return total == 0 ? 0 : Double(right) / Double(total)
  }

  /// Intersection over union of each class, 0...1; nil for a class that neither occurs nor is predicted.
  public var classIntersectionOverUnion: [Double?] {
    (0..<classCount).map { index in
      let intersection = self[truth: index, prediction: index]
      var union = strays[index, default: 0] - intersection
      for other in 0..<classCount { union += self[truth: index, prediction: other] + self[truth: other, prediction: index] }
      return union == 0 ? nil : Double(intersection) / Double(union)
    }
  }

  /// Mean of the intersections over unions of the classes that have one, 0...1; `excluding` leaves one class out.
  public func meanIntersectionOverUnion(excluding: Int? = nil) -> Double {
    let values = classIntersectionOverUnion.enumerated().compactMap { $0.offset == excluding ? nil : $0.element }
    return values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
  }
}
