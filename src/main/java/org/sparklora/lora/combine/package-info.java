/**
 * What is done with whole adapters: they are stacked, summed, merged into a base model, reduced in
 * rank, or taken as the start of a new one.
 *
 * <p>Start with {@link org.sparklora.lora.combine.FusedModel} and {@link
 * org.sparklora.lora.combine.AdapterSum}. What an adapter consists of belongs to {@code lora}, its
 * files to {@code lora.format}.
 */
package org.sparklora.lora.combine;
