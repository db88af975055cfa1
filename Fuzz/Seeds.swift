import Foundation

/// Writes small valid files, from which the fuzzers start, into a folder per reader: Seeds FOLDER. The assemblers are those of the tests.
@main
enum Seeds {
  static func main() throws {
    let root = URL(fileURLWithPath: CommandLine.arguments[1])
    for (reader, files) in all {
      let folder = root.appendingPathComponent(reader)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for (index, bytes) in files.enumerated() { try Data(bytes).write(to: folder.appendingPathComponent("made-\(index)")) }
    }
  }

  private static let all: [String: [[UInt8]]] = [
    "torch-zip": [
      ZipAssembler.checkpoint(pickle(of: torchTensor), storages: ["0": floatBytes([1, 2, 3, 4])]),
      ZipAssembler.checkpoint(pickle(of: wrapped(torchTensor)), storages: ["0": floatBytes([1, 2, 3, 4])]), wideArchive,
    ],
    "torch-legacy": [legacy(pickle(of: torchTensor)), legacy(pickle(of: wrapped(torchTensor)))],
    "safetensors": [
      safetensors(#"{"__metadata__":{"a":"\u00e9\n"},"t":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}"#, floatBytes([1, 2, 3, 4])),
      safetensors(#"{"h":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},"e":{"dtype":"I64","shape":[0],"data_offsets":[2,2]}}"#, [0, 60]),
    ],
    "pdparams": [pickle(of: array), pickle(of: wrapped(array)), splitArray],
    "caffemodel": [
      ProtobufAssembler.smallNet,
      ProtobufAssembler.field(1, "net")
        + ProtobufAssembler.field(
          2,
          ProtobufAssembler.field(4, "ip")
            + ProtobufAssembler.field(6, (1...4).flatMap { ProtobufAssembler.field($0, $0 / 4 + 1) } + ProtobufAssembler.unpacked(5, [1, 2]))),
      ProtobufAssembler.layer("d", [ProtobufAssembler.field(7, ProtobufAssembler.field(1, 1)) + ProtobufAssembler.field(8, [0, 0, 0, 0, 0, 0, 0xF0, 0x3F])]),
    ],
    "paddle-variable": [
      PaddleAssembler.variable([2, 2], [1, 2, 3, 4]),
      PaddleAssembler.dump(PaddleAssembler.description([3], type: 20, isPacked: true), [1, 2, 3], levels: [little(0, 8) + little(3, 8)]),
    ],
    "npy": [
      numpy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", floatBytes([1, 2, 3, 4]), version: 1),
      numpy("{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }", [1, 2, 3], version: 2),
    ],
    "classes": [Array("// list\nroad #804080\nroad sign\n\n\tcar #00f\n".utf8)],
    "calibration": [
      Array(
        """
        segplay calibration 1
        network enet:davidtvs
        classes 12
        weights 0123456789abcdef
        frames 64
        input 360x480
        rule entropy
        loss 0.0125
        # made
        keep bf16 0.25 b#2
        keep f32 recipe fpn.a
        range -1.5e-07 3.5 b#2
        range 0.0 1.0 input

        """.utf8)
    ],
    "theme": [Array("# made\nname = A b\naccent = #ff8800\ntext = none\nopacity = 0.25\ncontour = yes\nbrighten = no\n".utf8)],
  ]

  private static func pickle(of object: (inout PickleAssembler) -> Void) -> [UInt8] {
    var pickle = PickleAssembler()
    object(&pickle)
    pickle.op(".")
    return pickle.bytes
  }

  private static func torchTensor(_ pickle: inout PickleAssembler) {
    pickle.global("collections", "OrderedDict")
    pickle.op(")")
    pickle.op("R")
    for (name, shape) in [("a.weight", [2, 2]), ("a.bias", [2])] {
      pickle.text(name)
      pickle.tensor(storageCount: 4, shape: shape, strides: shape.count == 2 ? [1, 2] : [1])
      pickle.op("s")
    }
  }

  private static func array(_ pickle: inout PickleAssembler) {
    pickle.op("}")
    for (name, type, text) in [("a._mean", "f4", "\0\0\0\0"), ("a.weight", "u1", "abcd")] {
      pickle.text(name)
      pickle.array(shape: type == "u1" ? [2, 2] : [1], type: type, isFortran: type == "u1", text: text)
      pickle.op("s")
    }
  }

  private static func wrapped(_ object: @escaping (inout PickleAssembler) -> Void) -> (inout PickleAssembler) -> Void {
    { pickle in
      pickle.op("}")
      pickle.text("epoch")
      pickle.int(3)
      pickle.op("s")
      pickle.text("state_dict")
      object(&pickle)
      pickle.op("s")
    }
  }

  private static let splitArray = pickle { pickle in
    pickle.op("}")
    for name in ["w@@.0", "w@@.1"] {
      pickle.text(name)
      pickle.array(shape: [2], type: "u1", text: "ab")
      pickle.op("s")
    }
    pickle.text("UnpackBigParamInfor@@")
    pickle.op("}")
    pickle.text("w")
    pickle.op("}")
    pickle.text("OriginShape")
    pickle.tuple([2, 2])
    pickle.op("s")
    pickle.text("slices")
    pickle.op("]")
    for name in ["w@@.0", "w@@.1"] {
      pickle.text(name)
      pickle.op("a")
    }
    for _ in 0..<3 { pickle.op("s") }
  }

  private static let wideArchive: [UInt8] = {
    var zip = ZipAssembler()
    zip.isWide = true
    zip.add("any/data.pkl", pickle(of: torchTensor))
    zip.add("any/byteorder", Array("little".utf8))
    zip.add("any/data/0", floatBytes([1, 2, 3, 4]))
    return zip.archive()
  }()

  private static func legacy(_ object: [UInt8]) -> [UInt8] {
    let magic: [UInt8] = [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]
    let version = pickle { $0.int(1001) }
    let system = pickle { pickle in
      pickle.op("}")
      pickle.text("little_endian")
      pickle.bytes.append(0x88)
      pickle.op("s")
    }
    let keys = pickle { pickle in
      pickle.op("]")
      pickle.text("0")
      pickle.op("a")
    }
    return magic + version + system + object + keys + little(4, 8) + floatBytes([1, 2, 3, 4])
  }

  private static func safetensors(_ header: String, _ data: [UInt8]) -> [UInt8] { little(header.utf8.count, 8) + Array(header.utf8) + data }

  private static func numpy(_ header: String, _ data: [UInt8], version: UInt8) -> [UInt8] {
    [0x93] + Array("NUMPY".utf8) + [version, 0] + little(header.utf8.count, version == 1 ? 2 : 4) + Array(header.utf8) + data
  }
}
