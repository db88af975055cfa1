import SegBase
import SegGraph
import SegRuntime
import SegTensor

extension LoadedModel {
  /// Compiles one of the model's graphs; see `Executable.init`. Every network of a model is compiled here, as weights may be read from their file only now.
  ///
  /// Throws what the inference library cannot do, and when the weights cannot be read or their file was changed since it was opened.
  func compile(
    _ graph: consuming Graph, threads: Int, precision: PrecisionPlan = .float32, inStrips: String? = nil
  ) throws(InputError) -> Executable {
    do throws(InputError) {
      let executable = try Executable(graph: graph, threads: threads, precision: precision, inStrips: inStrips)
      try tensors.checkFiles()
      return executable
    } catch {
      // What is said of weights that were not those of the file would mislead.
      try tensors.checkFiles()
      throw error
    }
  }
}
