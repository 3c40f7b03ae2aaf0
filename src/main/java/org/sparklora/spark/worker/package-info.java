/**
 * What a worker holds: the frozen base, its samples, and the gradients it computes of them.
 *
 * <p>Start with {@link org.sparklora.spark.worker.AdapterWorker}. The loss itself belongs to {@code
 * train}.
 */
package org.sparklora.spark.worker;
