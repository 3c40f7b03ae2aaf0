/**
 * Adapter files of diffusers, PEFT, kohya, cloneofsimo and textual inversion.
 *
 * <p>Start with {@link org.sparklora.lora.format.AdapterFile} and {@link
 * org.sparklora.lora.format.AdapterFormat}. The spelling of a single key belongs to {@code
 * lora.key}.
 */
package org.sparklora.lora.format;
