import SegBase
import SegModels
import Testing

struct InstanceClassesTests {
  @Test("lists have as many classes as their names say, all different")
  func counts() {
    for list in ClassCatalogue.instanceLists {
      #expect(list.name.hasSuffix("\(list.count)") && Set(list.names).count == list.count && Set(list.colours).count == list.count)
      #expect(ClassCatalogue.named(list.name) == list && ClassCatalogue.instanceList(count: list.count) == list)
    }
    #expect(ClassCatalogue.coco80.names[0] == "person" && ClassCatalogue.coco80.names[79] == "toothbrush")
    #expect(ClassCatalogue.youtubevis40.names[5] == "sedan" && ClassCatalogue.voc20.names[19] == "monitor")
  }

  @Test("a count that no list has gets numbered classes")
  func numbered() {
    let list = ClassCatalogue.instanceList(count: 7)
    #expect(list.count == 7 && list.names[6] == "class 6" && Set(list.colours).count == 7)
  }
}
