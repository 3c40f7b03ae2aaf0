package org.sparklora.util;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Input that cannot be used. Each problem says what is wrong, the value, why, and what to do. All
 * problems that could be found together are reported together.
 */
public final class InvalidInputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The kind of mistake, which decides the process's exit code. */
  public enum Kind {
    /** A flag, a configuration file or a combination of them. */
    CONFIGURATION,
    /** A model, an adapter, a data set or a checkpoint. */
    DATA,
    /** A device, a library or a service that is missing. */
    RESOURCES
  }

  /** The stack trace at the end of a server's message, such as a name node's. */
  private static final Pattern STACK_TRACE = Pattern.compile("(\\R\\tat [^\\r\\n]*)+\\R?");

  private final Kind kind;
  private final List<String> problems;

  /** Problems that several checks have found are told once. */
  public InvalidInputException(Kind kind, List<String> problems) {
    super(String.join(System.lineSeparator(), once(problems)));
    this.kind = kind;
    this.problems = once(problems);
  }

  private InvalidInputException(Kind kind, String problem, Throwable cause) {
    super(withoutTrace(problem), cause);
    this.kind = kind;
    this.problems = List.of(withoutTrace(problem));
  }

  private static List<String> once(List<String> problems) {
    return problems.stream().map(InvalidInputException::withoutTrace).distinct().toList();
  }

  private static String withoutTrace(String problem) {
    return STACK_TRACE.matcher(problem).replaceAll("");
  }

  public static InvalidInputException configuration(String problem) {
    return new InvalidInputException(Kind.CONFIGURATION, List.of(problem));
  }

  public static InvalidInputException data(String problem) {
    return new InvalidInputException(Kind.DATA, List.of(problem));
  }

  public static InvalidInputException data(String problem, Throwable cause) {
    return new InvalidInputException(Kind.DATA, problem, cause);
  }

  public static InvalidInputException resources(String problem) {
    return new InvalidInputException(Kind.RESOURCES, List.of(problem));
  }

  /**
   * Finds this exception among the causes of a failure, such as the failure of a Spark job whose
   * task threw it.
   *
   * @param failure an exception and its causes
   */
  public static Optional<InvalidInputException> within(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof InvalidInputException invalid) {
        return Optional.of(invalid);
      }
    }
    return Optional.empty();
  }

  public Kind kind() {
    return kind;
  }

  public List<String> problems() {
    return problems;
  }
}
