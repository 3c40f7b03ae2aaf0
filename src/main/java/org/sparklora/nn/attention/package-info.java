/**
 * Attention, the feed-forward layer, and the transformer block of the UNet.
 *
 * <p>Start with {@link org.sparklora.nn.attention.Transformer2DModel}.
 */
package org.sparklora.nn.attention;
