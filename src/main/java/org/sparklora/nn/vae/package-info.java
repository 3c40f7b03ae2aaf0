/**
 * Autoencoders: AutoencoderKL and the tiny one.
 *
 * <p>Start with {@link org.sparklora.nn.vae.Autoencoder}.
 */
package org.sparklora.nn.vae;
