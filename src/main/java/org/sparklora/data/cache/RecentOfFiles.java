package org.sparklora.data.cache;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Keeps what is known of the most recently used files, up to a number of row groups in all.
 *
 * @param <V> what is known of a file
 */
final class RecentOfFiles<V> {
  private record Known<V>(V value, int rowGroups) {}

  private final int mostRowGroups;
  private final Map<LatentCacheFile, Known<V>> files = new LinkedHashMap<>(16, 0.75f, true);
  private int rowGroups;

  RecentOfFiles(int mostRowGroups) {
    this.mostRowGroups = mostRowGroups;
  }

  synchronized Optional<V> find(LatentCacheFile file) {
    return Optional.ofNullable(files.get(file)).map(Known::value);
  }

  synchronized void keep(LatentCacheFile file, V value, int ofRowGroups) {
    if (files.putIfAbsent(file, new Known<>(value, ofRowGroups)) == null) {
      rowGroups += ofRowGroups;
    }
    while (rowGroups > mostRowGroups && files.size() > 1) {
      LatentCacheFile oldest = files.keySet().iterator().next();
      rowGroups -= files.remove(oldest).rowGroups();
    }
  }
}
