package org.sparklora.spark.settings;

import java.net.BindException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.function.Supplier;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaSparkContext;
import org.sparklora.util.FirstCause;
import org.sparklora.util.InvalidInputException;

/** Starts Spark. If Spark cannot start, the cause is a setting or a missing network. */
public final class SparkStart {
  private SparkStart() {}

  /**
   * A context of these settings.
   *
   * @throws InvalidInputException (CONFIGURATION, RESOURCES) when Spark refuses to start
   */
  public static JavaSparkContext open(SparkConf settings) {
    return of(() -> new JavaSparkContext(settings));
  }

  /** The result of a start, with the errors of {@link #open}. */
  public static <T> T of(Supplier<T> start) {
    try {
      return start.get();
    } catch (InvalidInputException e) {
      throw e;
    } catch (Exception e) {
      // Spark throws checked exceptions that Scala does not declare.
      String why = "Cannot start Spark: " + FirstCause.of(e);
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

  private static boolean isWithin(Throwable failure, Class<? extends Throwable> kind) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (kind.isInstance(cause)) {
        return true;
      }
    }
    return false;
  }
}
