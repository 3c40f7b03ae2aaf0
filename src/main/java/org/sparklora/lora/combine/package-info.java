/**
 * Operations on whole adapters: stacking, summing, merging into a base model, reducing the rank,
 * and starting a new training.
 *
 * <p>Start with {@link org.sparklora.lora.combine.FusedModel} and {@link
 * org.sparklora.lora.combine.AdapterSum}. What an adapter consists of belongs to {@code lora}, its
 * files to {@code lora.format}.
 */
package org.sparklora.lora.combine;
