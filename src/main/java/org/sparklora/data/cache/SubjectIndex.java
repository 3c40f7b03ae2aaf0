package org.sparklora.data.cache;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.data.order.SubjectSamples;
import org.sparklora.util.InvalidInputException;

/** Finds each subject's samples in a latent cache. */
public final class SubjectIndex {
  /** The samples of a subject that have been found so far. */
  private record Found(List<Long> places, List<Long> sizes) {}

  private SubjectIndex() {}

  /**
   * Reads the cache's column of subjects.
   *
   * @return by subject, in the order in which the cache has them
   * @throws InvalidInputException when the cache cannot be read, or was made without subjects
   */
  public static Map<String, SubjectSamples> read(String location, Configuration configuration) {
    LatentCache cache = LatentCache.open(location, configuration);
    Map<String, Found> found = new LinkedHashMap<>();
    try {
      long place = 0;
      for (long size : cache.sizes()) {
        Map<String, Long> counts = new LinkedHashMap<>();
        long end = place + size;
        while (place < end) {
          for (String subject : cache.subjectsFrom(place)) {
            found
                .computeIfAbsent(subject, key -> new Found(new ArrayList<>(), new ArrayList<>()))
                .places()
                .add(place++);
            counts.merge(subject, 1L, Long::sum);
          }
        }
        counts.forEach((subject, count) -> found.get(subject).sizes().add(count));
      }
    } catch (IOException e) {
      throw InvalidInputException.data(
          String.format(Locale.ROOT, "Cannot read latent cache: %s: %s", location, e.getMessage()),
          e);
    }
    Map<String, SubjectSamples> samples = new LinkedHashMap<>();
    found.forEach(
        (subject, of) ->
            samples.put(
                subject, new SubjectSamples(subject, array(of.places()), array(of.sizes()))));
    return samples;
  }

  private static long[] array(List<Long> values) {
    return values.stream().mapToLong(Long::longValue).toArray();
  }
}
