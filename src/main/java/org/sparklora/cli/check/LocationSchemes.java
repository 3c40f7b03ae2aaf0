package org.sparklora.cli.check;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.sparklora.util.Redaction;
import picocli.CommandLine.Model.ArgSpec;

/**
 * Finds locations that no file system of this Spark can read or write, in every flag that takes
 * one. Without this check each would fail in its own way, and some only in the middle of a run.
 */
public final class LocationSchemes {
  /** Labels in the help of flags that take locations. */
  private static final Set<String> LABELS =
      Set.of(
          "FOLDER", "FOLDER|ID", "latest|FOLDER", "PATH", "FILE", "ADAPTER", "INPUT", "OUTPUT_DIR");

  private static final Pattern URI =
      Pattern.compile("([A-Za-z][A-Za-z0-9+.-]+):.*", Pattern.DOTALL);
  private static final Set<String> ALWAYS_THERE = Set.of("file", "hf");

  private static final Set<String> OF_BUCKETS =
      Set.of("s3a", "gs", "abfs", "abfss", "wasb", "wasbs", "oss", "cosn", "obs");
  private static final Pattern NO_BUCKET = Pattern.compile("[^:]+:(?!//[^/]).*", Pattern.DOTALL);

  private LocationSchemes() {}

  /** Whether a location is an address of the web, which {@link #problems} refuses. */
  public static boolean isOnTheWeb(String value) {
    Matcher uri = URI.matcher(value);
    return uri.matches() && uri.group(1).toLowerCase(Locale.ROOT).matches("https?");
  }

  /**
   * The problems of the locations that a flag was given.
   *
   * @param name of the flag, for the messages
   * @param where the flag was given
   */
  public static List<String> problems(ArgSpec argument, String name, String where) {
    return LABELS.contains(argument.paramLabel())
        ? argument.stringValues().stream()
            .flatMap(value -> found(value, where).stream())
            .map(problem -> "Unsupported " + name + ": " + problem)
            .toList()
        : List.of();
  }

  /**
   * The problem of a location inside the value of a flag.
   *
   * @param name of the flag, for the message
   */
  public static Optional<String> problem(String name, String value) {
    return found(value, "").map(text -> "Unsupported " + name + ": " + text);
  }

  private static Optional<String> found(String value, String where) {
    Matcher uri = URI.matcher(value);
    if (!uri.matches()) {
      return Optional.empty();
    }
    String scheme = uri.group(1).toLowerCase(Locale.ROOT);
    String shown = Redaction.text(value);
    if (isOnTheWeb(value)) {
      return Optional.of(
          shown
              + where
              + " is on the web, where folders cannot be listed; download it and name the copy, or"
              + " name a repository of the Hugging Face Hub as namespace/name");
    }
    if (OF_BUCKETS.contains(scheme) && NO_BUCKET.matcher(value).matches()) {
      return Optional.of(
          shown + where + " names no bucket or container; write " + scheme + "://BUCKET/FOLDER");
    }
    // Hadoop still maps s3n to a class, which only reports that s3n is gone.
    return ALWAYS_THERE.contains(scheme)
            || (!scheme.equals("s3n") && isKnown(scheme, HadoopSettings.load()))
        ? Optional.empty()
        : Optional.of(
            shown
                + where
                + "; this Spark has no file system for "
                + scheme
                + ": "
                + cure(scheme, shown));
  }

  private static boolean isKnown(String scheme, Configuration hadoop) {
    try {
      FileSystem.getFileSystemClass(scheme, hadoop);
      return true;
    } catch (IOException | RuntimeException e) { // no class is named, or it is not there
      return false;
    }
  }

  private static String cure(String scheme, String shown) {
    return switch (scheme) {
      case "s3", "s3n" -> "write s3a" + shown.substring(scheme.length());
      case "gs" -> connector("gcs-connector of com.google.cloud.bigdataoss, for Hadoop 3");
      case "s3a" -> connector("hadoop-aws, of the version of Spark's Hadoop");
      case "abfs", "abfss", "wasb", "wasbs", "adl" ->
          connector("hadoop-azure, of the version of Spark's Hadoop");
      case "oss" -> connector("hadoop-aliyun, of the version of Spark's Hadoop");
      case "cosn" -> connector("hadoop-cos");
      case "obs" -> connector("hadoop-huaweicloud");
      default ->
          connector("the connector of that storage")
              + "; or, if it is a path of this machine, write ./ in front of it";
    };
  }

  private static String connector(String name) {
    return "give spark-submit, with --packages or --jars, " + name;
  }
}
