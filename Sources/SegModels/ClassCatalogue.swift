public import SegBase

/// The class lists that are built in, and lists for networks nobody named the classes of.
public enum ClassCatalogue {
  /// CamVid's 11 classes in the order of the network's outputs, in CamVid's colours; only pedestrians, a darker shade of trees there, have one of ours.
  public static let camvid11 = ClassList(
    name: "camvid11", names: ["sky", "building", "pole", "road", "pavement", "tree", "sign", "fence", "car", "pedestrian", "bicyclist"],
    colours: [
      Colour(128, 128, 128), Colour(128, 0, 0), Colour(192, 192, 128), Colour(128, 64, 128), Colour(60, 40, 222), Colour(128, 128, 0), Colour(192, 128, 128),
      Colour(64, 64, 128), Colour(64, 0, 128), Colour(230, 60, 140), Colour(0, 128, 192),
    ])

  /// CamVid's 11 classes, then "unlabeled".
  public static let camvid12 = ClassList(
    name: "camvid12", names: camvid11.names + ["unlabeled"], colours: camvid11.colours + [Colour(0, 0, 0)])

  /// The 19 classes Cityscapes trains on, in the order of the train ids.
  public static let cityscapes19 = ClassList(
    name: "cityscapes19",
    names: [
      "road", "sidewalk", "building", "wall", "fence", "pole", "traffic light", "traffic sign", "vegetation", "terrain", "sky", "person", "rider", "car",
      "truck", "bus", "train", "motorcycle", "bicycle",
    ],
    colours: [
      Colour(128, 64, 128), Colour(244, 35, 232), Colour(70, 70, 70), Colour(102, 102, 156), Colour(190, 153, 153), Colour(153, 153, 153),
      Colour(250, 170, 30), Colour(220, 220, 0), Colour(107, 142, 35), Colour(152, 251, 152), Colour(70, 130, 180), Colour(220, 20, 60), Colour(255, 0, 0),
      Colour(0, 0, 142), Colour(0, 0, 70), Colour(0, 60, 100), Colour(0, 80, 100), Colour(0, 0, 230), Colour(119, 11, 32),
    ])

  /// "unlabeled", then Cityscapes' 19 classes.
  public static let cityscapes20 = ClassList(
    name: "cityscapes20", names: ["unlabeled"] + cityscapes19.names, colours: [Colour(0, 0, 0)] + cityscapes19.colours)

  /// Pascal VOC's background and 20 objects, in VOC's own colours.
  public static let voc21 = ClassList(
    name: "voc21",
    names: [
      "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "dining table", "dog", "horse", "motorbike",
      "person", "potted plant", "sheep", "sofa", "train", "monitor",
    ], colours: (0..<21).map(vocColour))

  /// The built-in lists.
  public static let lists = [camvid11, camvid12, cityscapes19, cityscapes20, voc21]

  /// The built-in list of that name, of objects too; nil when there is none.
  public static func named(_ name: String) -> ClassList? { (lists + instanceLists).first { $0.name == name } }

  /// The built-in list of that many classes, or "class 0", "class 1", ... in generated colours.
  public static func list(count: Int) -> ClassList { lists.first { $0.count == count } ?? generic(count: count) }

  /// "class 0", "class 1", ... in generated colours.
  public static func generic(count: Int) -> ClassList {
    ClassList(name: "\(count) classes", names: (0..<count).map { "class \($0)" }, colours: (0..<count).map { vocColour($0 + 1) })
  }

  /// Pascal VOC's colour of a label: its bits, three at a time, become the high bits of red, green and blue.
  static func vocColour(_ label: Int) -> Colour {
    var (red, green, blue) = (0, 0, 0)
    for step in 0..<8 {
      let bits = label >> (3 * step)
      red |= (bits & 1) << (7 - step)
      green |= (bits >> 1 & 1) << (7 - step)
      blue |= (bits >> 2 & 1) << (7 - step)
    }
    return Colour(UInt8(red), UInt8(green), UInt8(blue))
  }
}

extension ClassList {
  /// The index of the class that stands for "no class": named unlabeled, void or background; nil when there is none.
  public var unlabeledIndex: Int? { names.firstIndex { ["unlabeled", "unlabelled", "void", "background", "ignore"].contains($0.lowercased()) } }
}
