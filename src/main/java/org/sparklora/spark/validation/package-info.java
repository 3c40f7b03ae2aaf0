/**
 * Validation during training: the loss of held-out samples, and pictures of the prompts given.
 *
 * <p>Start with {@link org.sparklora.spark.validation.Validation}.
 */
package org.sparklora.spark.validation;
