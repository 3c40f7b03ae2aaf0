/**
 * The prepare job: pictures and captions in, latent cache out.
 *
 * <p>Start with {@link org.sparklora.spark.prepare.PrepareJob}. The format of the cache belongs to
 * {@code data.cache}.
 */
package org.sparklora.spark.prepare;
