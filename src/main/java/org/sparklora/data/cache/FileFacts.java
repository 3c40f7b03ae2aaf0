package org.sparklora.data.cache;

import org.apache.parquet.hadoop.metadata.ParquetMetadata;

/**
 * What a cache remembers of its files. For most caches that is everything that was read once.
 *
 * @param footers about 6 KB a row group
 * @param pages about 0.3 KB a row group
 */
record FileFacts(RecentOfFiles<ParquetMetadata> footers, RecentOfFiles<PageIndex> pages) {
  private static final int FOOTERS = 16_384;
  private static final int PAGES = 262_144;

  FileFacts() {
    this(new RecentOfFiles<>(FOOTERS), new RecentOfFiles<>(PAGES));
  }
}
