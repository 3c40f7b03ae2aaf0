/**
 * Adapters: which layers they target, and how they change a network.
 *
 * <p>Start with {@link org.sparklora.lora.Adapter}. Merging, summing and reducing whole adapters
 * belongs to {@code lora.combine}, reading and writing their files to {@code lora.format}, training
 * them to {@code train}.
 */
package org.sparklora.lora;
