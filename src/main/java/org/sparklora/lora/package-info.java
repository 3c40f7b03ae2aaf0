/**
 * Adapters: which layers they target, how they change a network, how they are merged or reduced.
 *
 * <p>Start with {@link org.sparklora.lora.Adapter}. Reading and writing their files belongs to
 * {@code lora.format}; training them belongs to {@code train}.
 */
package org.sparklora.lora;
