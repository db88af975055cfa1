import SegBase
import SegModels
import Testing

struct ClassCatalogueTests {
  @Test func listsHaveAsManyClassesAsTheirNamesSay() {
    for list in ClassCatalogue.lists {
      #expect(Int(list.name.filter(\.isNumber)) == list.count, "\(list.name)")
      #expect(Set(list.names).count == list.count && Set(list.colours).count == list.count, "\(list.name)")
      #expect(ClassCatalogue.named(list.name) == list)
      #expect(ClassCatalogue.list(count: list.count) == list)
    }
    #expect(ClassCatalogue.named("imagenet") == nil)
  }

  @Test func unlabeledIsLastInCamVidAndFirstInCityscapes() {
    #expect(ClassCatalogue.camvid12.unlabeledIndex == 11)
    #expect(ClassCatalogue.cityscapes20.unlabeledIndex == 0)
    #expect(ClassCatalogue.camvid11.unlabeledIndex == nil)
  }

  @Test func vocsColoursAreItsOwn() {
    #expect(Array(ClassCatalogue.voc21.colours.prefix(4)) == [Colour(0, 0, 0), Colour(128, 0, 0), Colour(0, 128, 0), Colour(128, 128, 0)])
    #expect(ClassCatalogue.voc21.colours[20] == Colour(0, 64, 128))
  }

  @Test func generatedColoursDiffer() {
    for count in [2, 7, 81, 255] {
      let list = ClassCatalogue.generic(count: count)
      #expect(Set(list.colours).count == count)
      #expect(!list.colours.contains(Colour(0, 0, 0)))
    }
  }
}
