/**
 * Adapters: which layers they target, and how they change a network.
 *
 * <p>Start with {@link org.sparklora.lora.Adapter}. Updates that depend on the base model's weight
 * are in {@code lora.relative}. Merging, summing and reducing whole adapters belongs to {@code
 * lora.combine}, reading and writing their files to {@code lora.format}, training them to {@code
 * train}.
 */
package org.sparklora.lora;
