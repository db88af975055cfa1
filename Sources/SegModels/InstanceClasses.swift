public import SegBase

extension ClassCatalogue {
  /// COCO's 80 objects in the order of their category ids.
  public static let coco80 = objects(
    "coco80",
    [
      "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "traffic light", "fire hydrant", "stop sign", "parking meter",
      "bench", "bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe", "backpack", "umbrella", "handbag", "tie", "suitcase",
      "frisbee", "skis", "snowboard", "sports ball", "kite", "baseball bat", "baseball glove", "skateboard", "surfboard", "tennis racket", "bottle",
      "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple", "sandwich", "orange", "broccoli", "carrot", "hot dog", "pizza", "donut",
      "cake", "chair", "couch", "potted plant", "bed", "dining table", "toilet", "tv", "laptop", "mouse", "remote", "keyboard", "cell phone", "microwave",
      "oven", "toaster", "sink", "refrigerator", "book", "clock", "vase", "scissors", "teddy bear", "hair drier", "toothbrush",
    ])

  /// The 40 objects of YouTube-VIS 2019 in the order of their category ids.
  public static let youtubevis40 = objects(
    "youtubevis40",
    [
      "person", "giant panda", "lizard", "parrot", "skateboard", "sedan", "ape", "dog", "snake", "monkey", "hand", "rabbit", "duck", "cat", "cow", "fish",
      "train", "horse", "turtle", "bear", "motorbike", "giraffe", "leopard", "fox", "deer", "owl", "surfboard", "airplane", "truck", "zebra", "tiger",
      "elephant", "snowboard", "boat", "shark", "mouse", "frog", "eagle", "earless seal", "tennis racket",
    ])

  /// Pascal VOC's 20 objects.
  public static let voc20 = objects("voc20", Array(voc21.names.dropFirst()))

  /// The built-in lists of objects, which have no background.
  public static let instanceLists = [coco80, youtubevis40, voc20]

  /// The built-in list of that many objects, or "class 0", "class 1", ...
  public static func instanceList(count: Int) -> ClassList {
    instanceLists.first { $0.count == count } ?? objects("\(count) classes", (0..<count).map { "class \($0)" })
  }

  private static func objects(_ name: String, _ names: [String]) -> ClassList {
    ClassList(name: name, names: names, colours: names.indices.map(InstancePalette.colour))
  }
}
