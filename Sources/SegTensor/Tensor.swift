/// A tensor in memory: contiguous, row-major (the last axis varies fastest), never changed after it is made.
///
/// Copies share their bytes, so a tensor is cheap to pass around and to keep in a graph.
public struct Tensor: Sendable {
  /// The sizes of the axes, outermost first; empty for a single number.
  public let shape: [Int]
  /// The type of an element.
  public let elementType: ElementType
  private let storage: TensorStorage
  /// The type of an element in the storage, which a scaled tensor may share with one of another type.
  private let storedType: ElementType
  private let scaling: Scaling?

  /// Elements in the tensor: the product of the shape, 1 for an empty shape.
  public var count: Int { shape.reduce(1, *) }

  /// Makes a float32 tensor; there must be as many values as the shape says.
  public init(shape: [Int], floats: [Float]) {
    precondition(shape.allSatisfy { $0 >= 0 } && shape.reduce(1, *) == floats.count, "values do not fill the shape")
    let storage = TensorStorage(byteCount: floats.count * 4) { target in floats.withUnsafeBytes { target.copyMemory(from: $0) } }
    self.init(shape: shape, elementType: .float32, storage: storage, storedType: .float32)
  }

  /// Makes a tensor of `shape` and lets `fill` write its bytes, which start as zero. Numbers are little-endian.
  public init<Failure: Error>(shape: [Int], elementType: ElementType, fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void) throws(Failure) {
    precondition(shape.allSatisfy { $0 >= 0 }, "negative axis")
    let storage = try TensorStorage(byteCount: shape.reduce(1, *) * elementType.byteCount, fill: fill)
    self.init(shape: shape, elementType: elementType, storage: storage, storedType: elementType)
  }

  private init(shape: [Int], elementType: ElementType, storage: TensorStorage, storedType: ElementType, scaling: Scaling? = nil) {
    (self.shape, self.elementType, self.storage, self.storedType, self.scaling) = (shape, elementType, storage, storedType, scaling)
  }

  /// The same elements under another shape of the same count.
  public func reshaped(to shape: [Int]) -> Tensor {
    precondition(shape.reduce(1, *) == count, "reshape keeps the count")
    return Tensor(shape: shape, elementType: elementType, storage: storage, storedType: storedType, scaling: scaling)
  }

  /// The tensor as float32 with every slice along `axis` multiplied by its factor. It shares the bytes of this one: the products are made when they are read.
  public func scaled(axis: Int, by factors: [Float]) -> Tensor {
    precondition(shape[axis] == factors.count, "one factor a slice")
    if scaling != nil { return Tensor(shape: shape, floats: floats()).scaled(axis: axis, by: factors) }
    let scaling = Scaling(slice: shape[(axis + 1)...].reduce(1, *), factors: factors)
    return Tensor(shape: shape, elementType: .float32, storage: storage, storedType: storedType, scaling: scaling)
  }

  /// Calls `body` with the tensor's bytes.
  public func withUnsafeBytes<Result, Failure: Error>(_ body: (UnsafeRawBufferPointer) throws(Failure) -> Result) throws(Failure) -> Result {
    if scaling != nil { return try Tensor(shape: shape, floats: floats()).withUnsafeBytes(body) }
    return try body(UnsafeRawBufferPointer(storage.bytes))
  }

  /// The elements as `Float`, in row-major order; other types are converted (false is 0, true is 1).
  public func floats() -> [Float] {
    let count = count
    let bytes = UnsafeRawBufferPointer(storage.bytes)
    return [Float](unsafeUninitializedCapacity: count) { target, initialized in
      for index in 0..<count { target[index] = Self.float(in: bytes, at: index, as: storedType) }
      scaling?.apply(to: UnsafeMutableBufferPointer(rebasing: target[..<count]))
      initialized = count
    }
  }

  private static func float(in bytes: UnsafeRawBufferPointer, at index: Int, as type: ElementType) -> Float {
    let offset = index * type.byteCount
    return switch type {
    case .float64: Float(bytes.loadUnaligned(fromByteOffset: offset, as: Double.self))
    case .float32: bytes.loadUnaligned(fromByteOffset: offset, as: Float.self)
    case .float16: Self.float(half: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
    case .bfloat16: Float(bitPattern: UInt32(bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self)) << 16)
    case .int64: Float(bytes.loadUnaligned(fromByteOffset: offset, as: Int64.self))
    case .int32: Float(bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self))
    case .int16: Float(bytes.loadUnaligned(fromByteOffset: offset, as: Int16.self))
    case .int8: Float(bytes.loadUnaligned(fromByteOffset: offset, as: Int8.self))
    case .uint8, .bool: Float(bytes[offset])
    }
  }

  /// The value of an IEEE 754 binary16 number given by its bits.
  static func float(half bits: UInt16) -> Float {
    let sign: Float = bits & 0x8000 == 0 ? 1 : -1
    let exponent = Int(bits >> 10 & 0x1F)
    let fraction = Float(bits & 0x3FF)
    switch exponent {
    case 0: return sign * fraction * 0x1p-24
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default: return sign * (1 + fraction * 0x1p-10) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
    }
  }
}

/// Factors of the slices of a tensor along one of its axes.
private struct Scaling {
  /// Elements of a slice that lie together.
  let slice: Int
  let factors: [Float]

  func apply(to values: UnsafeMutableBufferPointer<Float>) {
    if slice == 0 { return }
    for (place, start) in stride(from: 0, to: values.count, by: slice).enumerated() {
      let factor = factors[place % factors.count]
      for index in start..<start + slice { values[index] *= factor }
    }
  }
}

/// The bytes of tensors: 64-byte aligned, written once while they are made, freed with their last tensor.
final class TensorStorage: @unchecked Sendable {
  // Safe to share: nothing writes to the bytes after `init`.
  let bytes: UnsafeMutableRawBufferPointer

  init<Failure: Error>(byteCount: Int, fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void) throws(Failure) {
    let allocated = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 64)
    allocated.initializeMemory(as: UInt8.self, repeating: 0)
    do {
      try fill(allocated)
    } catch {
      allocated.deallocate()
      throw error
    }
    bytes = allocated
  }

  deinit { bytes.deallocate() }
}
