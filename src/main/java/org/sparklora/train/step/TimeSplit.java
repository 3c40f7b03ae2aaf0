package org.sparklora.train.step;

/**
 * The wall time of a step by activity, in seconds, as the mean over its workers.
 *
 * @param compute gradients
 * @param data waiting for samples
 * @param exchange gradients and adapters on their way, and waiting for slower workers
 * @param driver the driver sums, updates the adapter and encodes it
 * @param start from the beginning of a segment until a worker has its first step
 */
public record TimeSplit(double compute, double data, double exchange, double driver, double start) {
  public static final TimeSplit NONE = new TimeSplit(0, 0, 0, 0, 0);

  /** Splits a step's seconds. The exchange gets the time that the other parts leave. */
  public static TimeSplit of(
      double seconds, double compute, double data, double driver, double start) {
    double exchange = Math.max(0, seconds - compute - data - driver - start);
    return new TimeSplit(compute, data, exchange, driver, start);
  }

  /** Adds two splits, part by part. */
  public TimeSplit plus(TimeSplit other) {
    return new TimeSplit(
        compute + other.compute,
        data + other.data,
        exchange + other.exchange,
        driver + other.driver,
        start + other.start);
  }

  /** All parts together, in seconds. */
  public double seconds() {
    return compute + data + exchange + driver + start;
  }
}
