/**
 * Measures a training step with real workers, and what each part of it costs.
 *
 * <p>Start with {@link org.sparklora.spark.bench.TrainingBench}.
 */
package org.sparklora.spark.bench;
