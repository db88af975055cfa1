import SegBase
import SegModels
import Testing

struct ClassFileTests {
  @Test func namesAndColoursAreRead() throws {
    let list = try ClassFile.parse("// street\nroad #804080\r\n\n  traffic light\t#FAAA1E \nsky\n", name: "street")
    #expect(list.name == "street")
    #expect(list.names == ["road", "traffic light", "sky"])
    #expect(list.colours[0] == Colour(128, 64, 128))
    #expect(list.colours[1] == Colour(250, 170, 30))
    #expect(list.colours[2] == ClassCatalogue.generic(count: 3).colours[2])
  }

  @Test(arguments: [
    ("a\nb #12345\n", "line 2: #12345 is not a colour"), ("a\n\n#123456\n", "line 3: a colour without a name"), ("", "fewer than two classes"),
    ("only\n", "fewer than two classes"), (String(repeating: "a\n", count: 257), "line 257: more than 256 classes"),
  ])
  func mistakesAreNamedWithTheirLine(text: String, problem: String) throws {
    let error = try #require(throws: InputError.self) { try ClassFile.parse(text, name: "x") }
    #expect(error.problem.contains(problem), "\(error)")
  }

  @Test func aMissingFileIsNamed() throws {
    let error = try #require(throws: InputError.self) { try ClassFile.read(path: "/nowhere/classes.txt") }
    #expect(error.subject == "/nowhere/classes.txt")
  }
}
