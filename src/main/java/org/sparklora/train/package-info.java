/**
 * The loss of a micro-batch and its gradient, without a word of Spark.
 *
 * <p>Start with {@link org.sparklora.train.LoraGradientComputer}. The definition of the loss
 * belongs to {@code train.objective}; what is done with a gradient belongs to {@code train.step}.
 */
package org.sparklora.train;
