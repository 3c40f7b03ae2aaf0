/**
 * Measures time and memory of training and drawing on the machine at hand.
 *
 * <p>Start with {@link org.sparklora.bench.Benchmark}. Only parts that need no Spark are measured
 * here; a whole training step with its workers is measured in {@code spark.bench}.
 */
package org.sparklora.bench;
