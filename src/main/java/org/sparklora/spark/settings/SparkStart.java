package org.sparklora.spark.settings;

import java.net.BindException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaSparkContext;
import org.sparklora.util.FirstCause;
import org.sparklora.util.InvalidInputException;

/** Starts Spark. If Spark cannot start, the cause is a setting or a missing network. */
public final class SparkStart {
  private static final Pattern QUOTED = Pattern.compile("\"([^\"]+)\"");

  private SparkStart() {}

  /**
   * A context of these settings.
   *
   * @throws InvalidInputException (CONFIGURATION, RESOURCES) when Spark refuses to start
   */
  public static JavaSparkContext open(SparkConf settings) {
    return of(settings, () -> new JavaSparkContext(settings));
  }

  /**
   * The result of a start, with the errors of {@link #open}.
   *
   * @param settings that Spark starts with, one of which an error may be about
   */
  public static <T> T of(SparkConf settings, Supplier<T> start) {
    try {
      return start.get();
    } catch (InvalidInputException e) {
      throw e;
    } catch (Exception e) {
      // Spark throws checked exceptions that Scala does not declare.
      String why = "Cannot start Spark: " + FirstCause.of(e) + setting(e, settings);
      if (isWithin(e, BindException.class)
          || isWithin(e, UnknownHostException.class)
          || isWithin(e, ConnectException.class)) {
        throw InvalidInputException.resources(
            why + "; see spark.driver.host, spark.driver.bindAddress, SPARK_LOCAL_IP and --master");
      }
      if (e instanceof IllegalArgumentException
          || isWithin(e, SparkException.class)
          || isWithin(e, NumberFormatException.class)
          || isWithin(e, ClassNotFoundException.class)) {
        throw InvalidInputException.configuration(
            why + "; correct this setting of Spark (--master, --conf, spark-defaults.conf)");
      }
      throw new IllegalStateException(why, e);
    }
  }

  /**
   * The setting whose value an error repeats, in brackets. Java's own errors name only the class
   * that is missing, or the text that is no number.
   */
  private static String setting(Throwable failure, SparkConf settings) {
    Throwable first = failure;
    while (first.getCause() != null) {
      first = first.getCause();
    }
    String message = String.valueOf(first.getMessage());
    Matcher quoted = QUOTED.matcher(message);
    String value = quoted.find() ? quoted.group(1) : message;
    return Arrays.stream(settings.getAll())
        .filter(setting -> Arrays.asList(setting._2().split("\\s*,\\s*", -1)).contains(value))
        .filter(setting -> !String.valueOf(failure.getMessage()).contains(setting._1()))
        .map(setting -> setting._1() + "=" + setting._2())
        .reduce((one, other) -> one + ", " + other)
        .map(named -> " (" + named + ")")
        .orElse("");
  }

  private static boolean isWithin(Throwable failure, Class<? extends Throwable> kind) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (kind.isInstance(cause)) {
        return true;
      }
    }
    return false;
  }
}
