package org.sparklora.cli.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.NearestName;
import picocli.CommandLine.Model.CommandSpec;

/** Collects problems of flags, so that they are reported together. */
public final class Problems {
  private final List<String> found = new ArrayList<>();
  private final UnaryOperator<String> whereGiven;
  private final UnaryOperator<String> nameGiven;

  /** A collection for flags that are only given on the command line. */
  public Problems() {
    this(flag -> "", UnaryOperator.identity(), List.of());
  }

  private Problems(
      UnaryOperator<String> whereGiven, UnaryOperator<String> nameGiven, List<String> found) {
    this.whereGiven = whereGiven;
    this.nameGiven = nameGiven;
    this.found.addAll(found);
  }

  /** A collection for a parsed command, which begins with the problems of single flags. */
  public static Problems of(CommandSpec command) {
    return ConfigurationOptions.of(command)
        .map(from -> new Problems(from::whereGiven, from::nameGiven, from.problems()))
        .orElseGet(
            () -> new Problems(flag -> "", UnaryOperator.identity(), FlagChecks.problems(command)));
  }

  public void require(boolean holds, String flag, Object value, String rule) {
    if (!holds) {
      String shown = ArgumentProblem.shown(String.valueOf(value));
      found.add("Invalid " + flag + ": " + shown + where(flag) + "; " + rule);
    }
  }

  public void missing(boolean missing, String flag, String what) {
    if (missing) {
      found.add("Missing " + flag + ": " + what);
    }
  }

  /** Adds the problem of a flag that is known but not supported. */
  public void unsupported(boolean given, String flag, String instead) {
    if (given) {
      found.add("Unsupported " + flag + where(flag) + ": " + instead);
    }
  }

  /**
   * The constant of a name.
   *
   * @param fallback value to continue with if there is none
   */
  public <E extends Enum<E>> E choice(String flag, String name, E[] constants, E fallback) {
    List<String> names =
        Arrays.stream(constants).map(c -> c.name().toLowerCase(Locale.ROOT)).toList();
    return choice(flag, name.replace('-', '_'), names, constants, fallback);
  }

  /** Finds the constant of a name in the fallback's enum. */
  <E extends Enum<E>> E choice(String flag, String name, Enum<E> fallback) {
    Class<E> type = fallback.getDeclaringClass();
    return choice(flag, name, type.getEnumConstants(), type.cast(fallback));
  }

  /**
   * The constant of a label.
   *
   * @param labels in lower case, one for each constant
   * @param fallback value to continue with if there is none
   */
  public <E> E choice(String flag, String name, List<String> labels, E[] constants, E fallback) {
    int at = labels.indexOf(name.toLowerCase(Locale.ROOT));
    if (at >= 0) {
      return constants[at];
    }
    Optional<String> nearest = NearestName.likely(name, labels);
    found.add(
        "Unknown "
            + flag
            + ": "
            + ArgumentProblem.shown(name)
            + where(flag)
            + nearest.map(n -> "; did you mean " + n + "? It takes ").orElse("; it takes ")
            + String.join(", ", labels));
    return fallback;
  }

  /**
   * The place of a value that was not given on the command line, to follow the value in a message.
   */
  private String where(String flag) {
    return whereGiven.apply(flag.replaceFirst(" .*", ""));
  }

  /** The name by which a flag was given; the flag itself if it was not given. */
  public String nameOf(String flag) {
    return nameGiven.apply(flag);
  }

  public void add(String problem) {
    found.add(problem);
  }

  public int count() {
    return found.size();
  }

  public void throwAll() {
    if (!found.isEmpty()) {
      throw new InvalidInputException(InvalidInputException.Kind.CONFIGURATION, found);
    }
  }
}
