/**
 * Keys of adapter files: how each program spells a layer's name, and which layers exist.
 *
 * <p>Start with {@link org.sparklora.lora.key.NetworkModules}. A key is always looked up among the
 * layers of the network, never assembled and hoped for.
 */
package org.sparklora.lora.key;
