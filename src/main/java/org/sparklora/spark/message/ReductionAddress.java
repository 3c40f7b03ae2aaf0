package org.sparklora.spark.message;

import java.io.Serializable;

/**
 * The address at which a worker reaches its segment on the driver.
 *
 * @param run the run's random number
 * @param patience seconds a worker waits for an answer
 */
public record ReductionAddress(String host, int port, long run, int segment, long patience)
    implements Serializable {}
