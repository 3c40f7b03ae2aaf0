/**
 * The contents of a worker: the frozen base model, the samples, and the gradients that it computes
 * from them.
 *
 * <p>Start with {@link org.sparklora.spark.worker.AdapterWorker}. The loss itself belongs to {@code
 * train}.
 */
package org.sparklora.spark.worker;
