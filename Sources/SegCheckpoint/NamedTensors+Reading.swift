import SegBase
import SegTensor

extension NamedTensors {
  /// Tensors of one file. Every one costs memory beside its numbers, and empty ones cost a file almost nothing; the largest networks have some 5,000.
  static let largestCount = 1 << 16

  /// Adds the tensor that `read` gives, if it gives one. Throws when the name is taken or there are too many, and what `read` throws, saying which tensor it is about.
  mutating func add(_ name: String, _ read: () throws(InputError) -> Tensor?) throws(InputError) {
    if self[name] != nil { throw InputError("tensor \(name.prefix(200)) is there twice", advice: "the file is damaged or hostile") }
    if count == Self.largestCount { throw InputError("the file holds more than \(count) tensors", advice: "the file is damaged or hostile") }
    do {
      self[name] = try read()
    } catch {
      throw InputError("tensor \(name.prefix(200)): \(error.problem)", subject: error.subject, advice: error.advice)
    }
  }
}
