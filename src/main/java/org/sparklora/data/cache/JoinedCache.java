package org.sparklora.data.cache;

import java.util.ArrayList;
import java.util.List;
import org.sparklora.data.order.SetBalance;
import org.sparklora.data.row.BadImage;

/**
 * The latent caches of several data sets as one. It is a manifest alone: its files are those of the
 * caches, which lie beside it and stay what they are.
 */
public final class JoinedCache {
  private JoinedCache() {}

  /**
   * The manifest.
   *
   * @param caches of the data sets, in their order
   * @param repeats how often an epoch has the samples of each data set
   * @param balances the data sets for regularisation
   * @param mostNamed number of bad pictures to name
   */
  public static CacheManifest of(
      List<CacheManifest> caches, List<Integer> repeats, List<SetBalance> balances, int mostNamed) {
    List<CacheFile> files = new ArrayList<>();
    for (int set = 0; set < caches.size(); set++) {
      String folder = "../" + caches.get(set).key() + "/";
      for (CacheFile file : caches.get(set).files()) {
        files.add(file.joined(folder + file.name(), set));
      }
    }
    List<BadImage> named =
        caches.stream().flatMap(cache -> cache.firstBadImages().stream()).limit(mostNamed).toList();
    return new CacheManifest(
        CacheKey.joined(caches.stream().map(CacheManifest::key).toList(), repeats, balances),
        caches.stream().mapToLong(CacheManifest::samples).sum(),
        caches.stream().mapToLong(CacheManifest::badImages).sum(),
        named,
        files,
        repeats,
        balances);
  }
}
