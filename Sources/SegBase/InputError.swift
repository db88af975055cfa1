/// Something outside the program that went wrong: a file, a device, a format, an argument's value.
///
/// The program prints it as one line on standard error and ends with exit code 1. A mistake of a caller is a precondition instead.
public struct InputError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What went wrong, without a full stop: "not a video".
  public var problem: String
  /// The file, device or value it is about, as the user wrote it; empty when there is none.
  public var subject: String
  /// What the user can do about it; empty when nothing is known.
  public var advice: String

  /// Makes an error of a problem, what it is about, and what to do about it.
  public init(_ problem: String, subject: String = "", advice: String = "") {
    self.problem = problem
    self.subject = subject
    self.advice = advice
  }

  /// One line: "subject: problem (advice)". Line breaks and other control characters are replaced by spaces.
  public var description: String {
    let line = (subject.isEmpty ? "" : subject + ": ") + problem + (advice.isEmpty ? "" : " (\(advice))")
    return String(String.UnicodeScalarView(line.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? " " : $0 }))
  }
}
