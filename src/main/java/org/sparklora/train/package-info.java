/**
 * The loss of a micro-batch and its gradient, independent of Spark.
 *
 * <p>Start with {@link org.sparklora.train.LoraGradientComputer}. The definition of the loss
 * belongs to {@code train.objective}; the use of a gradient belongs to {@code train.step}.
 */
package org.sparklora.train;
