/**
 * The latent cache: encoded pictures and token ids in Parquet, under a key made of their content.
 *
 * <p>Start with {@link org.sparklora.data.cache.LatentCache} to read one and {@link
 * org.sparklora.data.cache.LatentCacheWriter} to write one. Who encodes, and in which Spark job,
 * belongs to {@code spark.prepare}.
 */
package org.sparklora.data.cache;
