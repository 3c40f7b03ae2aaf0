package org.sparklora.data.cache;

import static org.sparklora.util.Json.JSON;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.data.order.Appearances;
import org.sparklora.data.order.SetBalance;
import org.sparklora.data.row.BadImage;
import org.sparklora.store.StoreFile;
import org.sparklora.util.InvalidInputException;

/**
 * The contents of a finished latent cache. The manifest is written last, so a folder without one is
 * not a cache.
 *
 * @param key hash of the data set and of all that decides its latents
 * @param samples number of samples
 * @param badImages number of rows left out
 * @param firstBadImages the first few of them
 * @param files in the order of the cache's samples: by size, by data set, then by ids
 * @param repeats how often an epoch has the samples of each data set, in a cache that joins those
 *     of data sets; otherwise empty
 * @param balances the data sets for regularisation among them
 */
public record CacheManifest(
    @JsonProperty("key") String key,
    @JsonProperty("samples") long samples,
    @JsonProperty("bad_images") long badImages,
    @JsonProperty("first_bad_images") List<BadImage> firstBadImages,
    @JsonProperty("files") List<CacheFile> files,
    @JsonProperty("repeats") @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Integer> repeats,
    @JsonProperty("balances") @JsonInclude(JsonInclude.Include.NON_EMPTY)
        List<SetBalance> balances) {
  /** The file's name in the cache's folder. */
  public static final String NAME = "manifest.json";

  private static final Logger LOG = LoggerFactory.getLogger(CacheManifest.class);

  public CacheManifest {
    firstBadImages = List.copyOf(firstBadImages);
    files = files.stream().sorted(CacheFile.ORDER).toList();
    repeats = repeats == null ? List.of() : List.copyOf(repeats);
    balances = balances == null ? List.of() : List.copyOf(balances);
  }

  /** The manifest of one data set's cache. */
  public CacheManifest(
      String key,
      long samples,
      long badImages,
      List<BadImage> firstBadImages,
      List<CacheFile> files) {
    this(key, samples, badImages, firstBadImages, files, List.of(), List.of());
  }

  /** Whether another manifest names the same files. */
  public boolean hasSameFiles(CacheManifest other) {
    return files.stream()
        .map(CacheFile::name)
        .toList()
        .equals(other.files().stream().map(CacheFile::name).toList());
  }

  /** A run of samples: of one size and one data set. */
  private record Run(int height, int width, int set) {
    static Run of(CacheFile file) {
      return new Run(file.height(), file.width(), file.set());
    }
  }

  /**
   * Number of samples of each size, in the order of the cache's samples; of each size and data set
   * where there are several data sets.
   */
  public long[] sizes() {
    return runs().values().stream().mapToLong(Long::longValue).toArray();
  }

  private Map<Run, Long> runs() {
    Map<Run, Long> runs = new LinkedHashMap<>();
    files.forEach(file -> runs.merge(Run.of(file), file.samples(), Long::sum));
    return runs;
  }

  /** How often an epoch has the samples of each of {@link #sizes}. */
  public Appearances appearances() {
    List<Run> runs = List.copyOf(runs().keySet());
    List<List<Integer>> sizes = new ArrayList<>();
    int[] numbers = new int[runs.size()];
    int[] times = new int[runs.size()];
    int[] sets = new int[runs.size()];
    for (int i = 0; i < numbers.length; i++) {
      List<Integer> size = List.of(runs.get(i).height(), runs.get(i).width());
      if (!sizes.contains(size)) {
        sizes.add(size);
      }
      numbers[i] = sizes.indexOf(size);
      times[i] = repeats.isEmpty() ? 1 : repeats.get(runs.get(i).set());
      sets[i] = runs.get(i).set();
    }
    return new Appearances(numbers, times, sets, balances);
  }

  /**
   * Reads a cache's manifest; empty when the folder holds no finished cache. A damaged manifest
   * counts as none; the ranges that are marked as done can still be used.
   *
   * @throws InvalidInputException when there is a manifest that cannot be read
   */
  public static Optional<CacheManifest> read(String location, Configuration configuration) {
    Path path = new Path(location, NAME);
    try {
      Optional<byte[]> json = StoreFile.of(path, configuration).read();
      Optional<CacheManifest> manifest = json.flatMap(CacheManifest::parse);
      if (json.isPresent() && manifest.isEmpty()) {
        LOG.warn("{} is damaged: the latent cache counts as unfinished", path);
      }
      return manifest;
    } catch (IOException e) {
      throw InvalidInputException.data(
          String.format(
              Locale.ROOT,
              "Cannot read latent cache: %s: %s; delete its folder to make it again",
              path,
              e.getMessage()),
          e);
    }
  }

  private static Optional<CacheManifest> parse(byte[] json) {
    try {
      return Optional.ofNullable(JSON.readValue(json, CacheManifest.class));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Writes the manifest in place of any that is there. */
  public void replace(String location, Configuration configuration) throws IOException {
    byte[] json = JSON.writeValueAsBytes(this);
    StoreFile.of(new Path(location, NAME), configuration).replace(out -> out.write(json));
  }

  /**
   * Writes the manifest if there is none.
   *
   * @return the manifest that is there now: this one, or that of a run that was faster
   */
  public CacheManifest write(String location, Configuration configuration) throws IOException {
    byte[] json =
        StoreFile.of(new Path(location, NAME), configuration)
            .writeOnce(JSON.writeValueAsBytes(this), there -> parse(there).isPresent());
    return JSON.readValue(json, CacheManifest.class);
  }
}
