package org.sparklora.spark;

import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * The Spark session that the tests of a JVM share: two local cores, a web interface at any port.
 *
 * <p>A test of a whole command stops it first, because the command starts a session of its own. The
 * next test then gets a new one.
 */
public final class SparkTestSession {
  private static final SparkSession.Builder BUILDER =
      SparkSession.builder()
          .master("local[2]")
          .appName("spark-lora tests")
          .config("spark.ui.enabled", "true")
          .config("spark.ui.port", "0")
          .config("spark.ui.showConsoleProgress", "false")
          .config("spark.sql.shuffle.partitions", "2")
          .config("spark.driver.bindAddress", "127.0.0.1")
          .config("spark.executor.heartbeatInterval", "1s")
          .config(
              "spark.metrics.conf.*.sink.prometheusServlet.class",
              "org.apache.spark.metrics.sink.PrometheusServlet")
          .config("spark.metrics.conf.*.sink.prometheusServlet.path", "/metrics/prometheus");

  private SparkTestSession() {}

  public static SparkSession get() {
    return BUILDER.getOrCreate();
  }

  /** Makes room for another session in this JVM. */
  public static void stop() {
    SparkSession.getDefaultSession()
        .foreach(
            session -> {
              session.stop();
              return null;
            });
  }

  public static JavaSparkContext context() {
    return JavaSparkContext.fromSparkContext(get().sparkContext());
  }
}
