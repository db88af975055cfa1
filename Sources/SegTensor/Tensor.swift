/// A tensor: contiguous, row-major (the last axis varies fastest), never changed after it is made.
///
/// Its bytes are in memory, in a file that is read when they are needed, or made then. Copies share them, so a tensor is cheap to pass around and to keep in a
/// graph.
public struct Tensor: Sendable {
  /// The sizes of the axes, outermost first; empty for a single number.
  public let shape: [Int]
  /// The type of an element.
  public let elementType: ElementType
  private let storage: TensorStorage
  /// The type of an element in the storage, which tensors of other types may share.
  private let storedType: ElementType
  private let scaling: Scaling?

  /// Elements in the tensor: the product of the shape, 1 for an empty shape.
  public var count: Int { shape.reduce(1, *) }

  /// Makes a float32 tensor; there must be as many values as the shape says.
  public init(shape: [Int], floats: [Float]) {
    precondition(shape.allSatisfy { $0 >= 0 } && shape.reduce(1, *) == floats.count, "values do not fill the shape")
    let memory = TensorMemory(byteCount: floats.count * 4)
    floats.withUnsafeBytes { memory.bytes.copyMemory(from: $0) }
    self.init(shape: shape, elementType: .float32, storage: .memory(memory), storedType: .float32)
  }

  /// Makes a tensor of `shape` and lets `fill` write its bytes, which start as zero. Numbers are little-endian.
  public init<Failure: Error>(shape: [Int], elementType: ElementType, fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void) throws(Failure) {
    precondition(shape.allSatisfy { $0 >= 0 }, "negative axis")
    let storage = try TensorStorage(byteCount: shape.reduce(1, *) * elementType.byteCount, fill: fill)
    self.init(shape: shape, elementType: elementType, storage: storage, storedType: elementType)
  }

  /// Makes a tensor whose bytes are those of a file from `offset` on, all of which must be in it; they are read each time they are needed.
  public init(shape: [Int], elementType: ElementType, file: TensorFile, offset: Int) {
    precondition(shape.allSatisfy { $0 >= 0 } && offset >= 0, "negative axis or place")
    precondition(shape.reduce(1, *) * elementType.byteCount <= file.size - offset, "the tensor is in the file")
    self.init(shape: shape, elementType: elementType, storage: .file(file, offset: offset), storedType: elementType)
  }

  /// Makes a float32 tensor that takes no memory: `make` writes all its elements each time they are needed, the same ones always, on any thread.
  public init(shape: [Int], making make: @escaping @Sendable (UnsafeMutableBufferPointer<Float>) -> Void) {
    precondition(shape.allSatisfy { $0 >= 0 }, "negative axis")
    self.init(shape: shape, elementType: .float32, storage: .made { make($0.bindMemory(to: Float.self)) }, storedType: .float32)
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

  /// The tensor as float32. It shares the bytes of this one: numbers of other types are converted when they are read.
  public var asFloats: Tensor { Tensor(shape: shape, elementType: .float32, storage: storage, storedType: storedType, scaling: scaling) }

  /// The file that the bytes are read from; nil where they are elsewhere.
  var file: TensorFile? { if case .file(let file, _) = storage { file } else { nil } }

  /// Whether the elements are as they are in the storage.
  private var isStored: Bool { scaling == nil && storedType == elementType }

  /// Calls `body` with the tensor's bytes.
  public func withUnsafeBytes<Result, Failure: Error>(_ body: (UnsafeRawBufferPointer) throws(Failure) -> Result) throws(Failure) -> Result {
    if !isStored { return try Tensor(shape: shape, floats: floats()).withUnsafeBytes(body) }
    return try storage.withBytes(count: count * elementType.byteCount, body)
  }

  /// The bytes at these places; of a tensor in a file no more are read than that takes.
  public func bytes(at places: [Int]) -> [UInt8] {
    let size = count * elementType.byteCount
    guard isStored, size > Self.smallSize, case .file(let file, let offset) = storage else { return withUnsafeBytes { bytes in places.map { bytes[$0] } } }
    return places.map { place in
      precondition((0..<size).contains(place), "places in the tensor")
      var byte: UInt8 = 0
      withUnsafeMutableBytes(of: &byte) { file.read(into: $0, at: offset + place) }
      return byte
    }
  }

  /// Bytes that are read at once as fast as a few of them.
  private static let smallSize = 1 << 16

  /// The elements as `Float`, in row-major order; other types are converted (false is 0, true is 1).
  public func floats() -> [Float] {
    let count = count
    return [Float](unsafeUninitializedCapacity: count) { target, initialized in
      if storedType == .float32 {
        storage.read(into: UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: target[..<count])))
      } else {
        storage.withBytes(count: count * storedType.byteCount) { bytes in
          for index in 0..<count { target[index] = Self.float(in: bytes, at: index, as: storedType) }
        }
      }
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
