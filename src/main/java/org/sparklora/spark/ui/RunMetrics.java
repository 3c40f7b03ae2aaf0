package org.sparklora.spark.ui;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.metrics.MetricsSystem;
import org.apache.spark.metrics.source.Source;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.report.event.RunEvent;
import org.sparklora.report.event.RunListener;

/**
 * A run's numbers in Spark's metrics system, so that its sinks report them. They are there from the
 * moment that steps begin until the run ends. A number that is not known yet is NaN, which every
 * sink can write. Of runs at the same time each has a name of its own.
 *
 * <p>Spark's classes for this are not a public interface. If another version of Spark lacks them,
 * the run goes on without metrics.
 */
public final class RunMetrics implements RunListener, Source {
  /** The part of each metric's name before the last dot, for a run that is alone. */
  static final String NAME = "sparkLora";

  private static final Logger LOG = LoggerFactory.getLogger(RunMetrics.class);

  private final MetricsSystem system;
  private final MetricRegistry registry = new MetricRegistry();
  private String name = NAME;
  private boolean registered;

  private volatile long steps;
  private volatile long stepsPlanned;
  private volatile int workers;
  private volatile long incidents;
  private volatile double loss = Double.NaN;
  private volatile double learningRate = Double.NaN;
  private volatile double imagesPerSecond = Double.NaN;
  private volatile double utilisation = Double.NaN;
  private volatile double heldOutLoss = Double.NaN;

  private RunMetrics(MetricsSystem system) {
    this.system = system;
    gauge("steps", () -> steps);
    gauge("stepsPlanned", () -> stepsPlanned);
    gauge("workers", () -> workers);
    gauge("incidents", () -> incidents);
    gauge("loss", () -> loss);
    gauge("learningRate", () -> learningRate);
    gauge("imagesPerSecond", () -> imagesPerSecond);
    gauge("utilisation", () -> utilisation);
    gauge("heldOutLoss", () -> heldOutLoss);
  }

  private void gauge(String name, Supplier<Number> value) {
    Gauge<Number> gauge = value::get;
    registry.register(name, gauge);
  }

  /**
   * Registers the metrics of a run with Spark; empty if Spark's metrics system is not accessible.
   */
  public static Optional<RunListener> of(JavaSparkContext spark) {
    try {
      return Optional.of(new RunMetrics(spark.sc().env().metricsSystem()));
    } catch (LinkageError | RuntimeException e) {
      LOG.warn("No numbers in Spark's metrics, the run goes on: {}", e.toString());
      return Optional.empty();
    }
  }

  @Override
  public String sourceName() {
    return name;
  }

  @Override
  public MetricRegistry metricRegistry() {
    return registry;
  }

  @Override
  public void on(RunEvent event) {
    if (event instanceof RunEvent.Training training) {
      steps = training.firstStep();
      stepsPlanned = training.steps();
      workers = training.workers();
      if (!registered) {
        register();
      }
    } else if (event instanceof RunEvent.Stepped step) {
      steps = step.count();
      workers = step.timing().workers();
      loss = step.result().loss();
      learningRate = step.result().learningRate();
      imagesPerSecond = step.imagesPerSecond();
      utilisation = step.timing().split().compute() / step.timing().seconds();
    } else if (event instanceof RunEvent.Reached reached) {
      steps = reached.step();
    } else if (event instanceof RunEvent.Validated validated) {
      heldOutLoss = validated.loss().orElse(heldOutLoss);
    } else if (event instanceof RunEvent.Incident) {
      countIncident();
    }
  }

  /** Takes the first free name. None begins with another, because Spark removes all that do. */
  private void register() {
    synchronized (system) {
      for (int run = 2; !system.getSourcesByName(name).isEmpty(); run++) {
        name = "run" + run + "." + NAME;
      }
      system.registerSource(this);
      registered = true;
    }
  }

  /** Counts an incident. All events come on one thread. */
  private void countIncident() {
    long before = incidents;
    incidents = before + 1;
  }

  /** Makes sinks that write at intervals write the last numbers, and removes the metrics. */
  @Override
  public void close() {
    if (registered) {
      registered = false;
      try {
        system.report();
      } finally {
        system.removeSource(this);
      }
    }
  }
}
