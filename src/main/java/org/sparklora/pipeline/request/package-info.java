/**
 * What is to be drawn: prompts, sizes, seeds, adapters with their weights, a picture to start from.
 *
 * <p>Start with {@link org.sparklora.pipeline.request.GenerationConfig}. Records alone, which check
 * themselves; drawing belongs to {@code pipeline}.
 */
package org.sparklora.pipeline.request;
