package org.sparklora.spark.prepare;

import java.util.List;
import org.sparklora.data.cache.CacheManifest;
import org.sparklora.data.order.Appearances;
import org.sparklora.data.row.BadImage;

/**
 * A latent cache that is ready.
 *
 * @param location its folder, for {@link org.sparklora.data.cache.LatentCache#open}
 * @param samples number of samples
 * @param sizes number of samples of each size of latents, in the cache's order
 * @param appearances how often an epoch has them
 * @param badImages number of rows left out
 * @param firstBadImages the first few of them
 * @param reused whether it was there already
 */
public record PrepareResult(
    String location,
    long samples,
    long[] sizes,
    Appearances appearances,
    long badImages,
    List<BadImage> firstBadImages,
    boolean reused) {
  static PrepareResult of(String location, CacheManifest manifest, boolean reused) {
    return new PrepareResult(
        location,
        manifest.samples(),
        manifest.sizes(),
        manifest.appearances(),
        manifest.badImages(),
        manifest.firstBadImages(),
        reused);
  }
}
