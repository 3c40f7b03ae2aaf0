/**
 * LoHa and LoKr, as LyCORIS has them: of which factors a layer's update is made, where training
 * starts, and which LoRA changes the weights in the same way.
 *
 * <p>Start with {@link org.sparklora.lora.lycoris.LycorisFactors}. How an update is computed and
 * differentiated is in the op library's chapter {@code lycoris.py}. How the factors are called in
 * files of other programs belongs to {@code lora.key}.
 */
package org.sparklora.lora.lycoris;
