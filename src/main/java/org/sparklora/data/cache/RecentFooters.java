package org.sparklora.data.cache;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;

/**
 * Keeps the most recently used footers, of up to 16,384 row groups in all, about 100 MB. For most
 * caches these are all footers.
 */
final class RecentFooters {
  private static final int ROW_GROUPS = 16_384;

  private final Map<LatentCacheFile, ParquetMetadata> footers =
      new LinkedHashMap<>(16, 0.75f, true);
  private int rowGroups;

  synchronized Optional<ParquetMetadata> find(LatentCacheFile file) {
    return Optional.ofNullable(footers.get(file));
  }

  synchronized void keep(LatentCacheFile file, ParquetMetadata footer) {
    if (footers.putIfAbsent(file, footer) == null) {
      rowGroups += footer.getBlocks().size();
    }
    while (rowGroups > ROW_GROUPS && footers.size() > 1) {
      LatentCacheFile oldest = footers.keySet().iterator().next();
      rowGroups -= footers.remove(oldest).getBlocks().size();
    }
  }
}
