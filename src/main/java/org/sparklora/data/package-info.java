/** Parquet schema, image transforms, latent cache, sampler. */
package org.sparklora.data;
