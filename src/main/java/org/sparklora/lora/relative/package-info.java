/**
 * Updates that depend on the base model's weight: GLoRA, OFT, BOFT and IA3. A file of them does not
 * say by how much a weight changes. That follows when the weight is at hand.
 *
 * <p>Start with {@link org.sparklora.lora.relative.RelativeUpdate}. How files call their tensors
 * belongs to {@code lora.key}; {@code lora.combine} reads the base model's weights.
 */
package org.sparklora.lora.relative;
