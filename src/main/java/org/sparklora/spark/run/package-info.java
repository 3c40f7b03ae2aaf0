/**
 * One training run on the driver: its configuration, inputs, data, recipe and output folder.
 *
 * <p>Start with {@link org.sparklora.spark.run.TrainingInputs}. Nothing here computes a gradient.
 */
package org.sparklora.spark.run;
