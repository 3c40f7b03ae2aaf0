/**
 * The UNet: down, middle and up blocks.
 *
 * <p>Start with {@link org.sparklora.nn.unet.UNet2DConditionModel}.
 */
package org.sparklora.nn.unet;
