package org.sparklora.spark;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.SparkSession;
import org.sparklora.spark.settings.SparkStart;

/**
 * The Spark context that a run computes on. Either the run starts and stops it, or it belongs to a
 * caller and goes on after the run.
 */
final class RunSpark implements AutoCloseable {
  private static final String GROUP = "spark.jobGroup.id";
  private static final String DESCRIPTION = "spark.job.description";

  /** Local properties of the calling thread that the run changes, and restores at its end. */
  private static final List<String> OF_JOBS =
      List.of(GROUP, DESCRIPTION, "spark.job.interruptOnCancel");

  private final SparkConf settings;
  private final Optional<SparkSession> session;
  private final Optional<JavaSparkContext> callers;

  /** Marks the jobs of this run among those of the caller. */
  private final String tag = "spark-lora-" + UUID.randomUUID();

  private volatile Optional<JavaSparkContext> running = Optional.empty();
  private final Map<String, Optional<String>> ofCallersJobs = new HashMap<>();

  private RunSpark(SparkConf settings, Optional<SparkSession> session) {
    this.settings = settings;
    this.session = session;
    this.callers = session.map(SparkSession::sparkContext).map(JavaSparkContext::fromSparkContext);
  }

  /** Makes one that starts a context with these settings when it is first needed. */
  static RunSpark ofItsOwn(SparkConf settings) {
    return new RunSpark(settings, Optional.empty());
  }

  /** Makes one of a caller's session. */
  static RunSpark of(SparkSession callers) {
    return new RunSpark(callers.sparkContext().getConf(), Optional.of(callers));
  }

  boolean isCallers() {
    return session.isPresent();
  }

  /** Returns the session for tables. Starts Spark if it is not running yet. */
  SparkSession session() {
    JavaSparkContext unused = open();
    return session.orElseGet(() -> SparkSession.builder().getOrCreate());
  }

  SparkConf settings() {
    return settings;
  }

  /** Returns Hadoop's settings, also before Spark is started. */
  Configuration hadoop() {
    return callers
        .map(JavaSparkContext::hadoopConfiguration)
        .orElseGet(() -> SparkHadoopUtil.get().newConfiguration(settings));
  }

  /** Returns the context. Starts Spark if it is not running yet. */
  JavaSparkContext open() {
    if (running.isEmpty()) {
      callers.ifPresent(
          spark -> {
            for (String property : OF_JOBS) {
              ofCallersJobs.put(property, Optional.ofNullable(spark.getLocalProperty(property)));
            }
            spark.sc().addJobTag(tag);
          });
      running = Optional.of(callers.orElseGet(() -> SparkStart.open(settings)));
      name(running.get());
    }
    return running.get();
  }

  /**
   * Gives the run's jobs a group and a description. A caller's group stays, because a notebook
   * cancels a cell by its job group.
   */
  private void name(JavaSparkContext spark) {
    if (spark.getLocalProperty(GROUP) == null) {
      spark.setLocalProperty(GROUP, tag);
    }
    spark.setLocalProperty(DESCRIPTION, "spark-lora: look at the data");
  }

  /** Ends the jobs of the run, from another thread. */
  void abandon() {
    running.ifPresent(
        spark -> {
          if (callers.isPresent()) {
            spark.sc().cancelJobsWithTag(tag);
          } else {
            spark.stop();
          }
        });
  }

  /**
   * Stops the context that the run has started, once. A caller's context gets its earlier
   * properties back.
   */
  @Override
  public void close() {
    running.ifPresent(
        spark -> {
          if (callers.isPresent()) {
            spark.sc().removeJobTag(tag);
            ofCallersJobs.forEach(
                (property, value) -> spark.setLocalProperty(property, value.orElse(null)));
          } else {
            spark.close();
          }
        });
    running = Optional.empty();
  }
}
