/**
 * Draws pictures from text, as diffusers' StableDiffusionPipeline does.
 *
 * <p>Start with {@link org.sparklora.pipeline.StableDiffusionPipeline}. Drawing many pictures on a
 * cluster belongs to {@code spark.generate}.
 */
package org.sparklora.pipeline;
