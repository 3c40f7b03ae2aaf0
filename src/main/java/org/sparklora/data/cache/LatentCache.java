package org.sparklora.data.cache;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.Cleaner;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.sparklora.data.caption.Caption;
import org.sparklora.data.order.Appearances;
import org.sparklora.util.InvalidInputException;

/**
 * Random access to a latent cache. Samples are in the order of sizes, then of ids, whatever the
 * layout of the files. A cache that fits into its memory is read by row groups, a larger one by
 * pages, which are a few samples. What was read recently stays in memory. Thread-safe; readers of
 * different row groups do not wait for each other.
 */
public final class LatentCache {
  private static final long DEFAULT_MEMORY_BYTES = 256L << 20;

  /** Deletes a cache's files on local disks when the cache is no longer in use. */
  private static final Cleaner CLEANER = Cleaner.create();

  /** The caches in use in this process, by their location. */
  private static final Map<String, WeakReference<LatentCache>> SHARED = new HashMap<>();

  /**
   * A row group and the index of its first sample.
   *
   * @param rows number of its samples
   * @param set number of its data set
   */
  private record RowGroup(LatentCacheFile file, int number, long firstIndex, long rows, int set) {}

  /** Reads from a row group. */
  private interface Reading<T> {
    T read() throws IOException;
  }

  private final String location;
  private final CacheManifest manifest;
  private final List<RowGroup> rowGroups;
  private final long[] firstIndices;
  private final RowGroupMemory memory;
  private final boolean byPages;
  private final Optional<LocalTier> tier;

  private LatentCache(
      String location,
      CacheManifest manifest,
      List<RowGroup> rowGroups,
      long memoryBytes,
      Optional<LocalTier> tier) {
    this.location = location;
    this.manifest = manifest;
    this.rowGroups = List.copyOf(rowGroups);
    this.firstIndices = rowGroups.stream().mapToLong(RowGroup::firstIndex).toArray();
    this.memory = new RowGroupMemory(memoryBytes);
    this.byPages = manifest.files().stream().mapToLong(CacheFile::length).sum() > memoryBytes;
    this.tier = tier;
    tier.ifPresent(disks -> CLEANER.register(this, disks::delete));
  }

  /** Opens a finished cache with memory for 256 MiB of row groups. */
  public static LatentCache open(String location, Configuration configuration) {
    return open(location, configuration, DEFAULT_MEMORY_BYTES);
  }

  /**
   * As {@link #open(String, Configuration)}, or the same one that another thread of this process
   * has opened: its footers and row groups are then in memory only once.
   *
   * @param local where row groups of a remote cache are kept
   */
  public static LatentCache shared(
      String location, Configuration configuration, LocalFolders local) {
    synchronized (SHARED) {
      SHARED.values().removeIf(reference -> reference.get() == null);
      LatentCache known = SHARED.containsKey(location) ? SHARED.get(location).get() : null;
      if (known != null && known.isStill(CacheManifest.read(location, configuration))) {
        return known;
      }
      LatentCache opened = open(location, configuration, DEFAULT_MEMORY_BYTES, local);
      SHARED.put(location, new WeakReference<>(opened));
      return opened;
    }
  }

  /** Whether the folder still holds the cache that was opened. It may have been written again. */
  private boolean isStill(Optional<CacheManifest> there) {
    return there
        .filter(now -> now.key().equals(manifest.key()) && now.hasSameFiles(manifest))
        .isPresent();
  }

  /**
   * Opens a finished cache.
   *
   * @param memoryBytes bytes of row groups to keep in memory; the last one read is always kept
   * @throws InvalidInputException when the folder holds no finished cache, or files of the cache
   *     are missing
   */
  public static LatentCache open(String location, Configuration configuration, long memoryBytes) {
    return open(location, configuration, memoryBytes, LocalFolders.NONE);
  }

  static LatentCache open(
      String location, Configuration configuration, long memoryBytes, LocalFolders local) {
    CacheManifest manifest =
        CacheManifest.read(location, configuration)
            .orElseThrow(
                () ->
                    InvalidInputException.data(
                        String.format(
                            Locale.ROOT,
                            "Missing latent cache: %s holds none, or one that was never finished",
                            location)));
    try {
      return new LatentCache(
          location,
          manifest,
          index(location, manifest, configuration),
          memoryBytes,
          local.tier(new Path(location), configuration));
    } catch (IOException e) {
      throw InvalidInputException.data(
          String.format(Locale.ROOT, "Cannot read latent cache: %s: %s", location, e.getMessage()),
          e);
    }
  }

  private static List<RowGroup> index(
      String location, CacheManifest manifest, Configuration configuration) throws IOException {
    Path folder = new Path(location);
    Map<Path, Map<String, FileStatus>> present = new HashMap<>();
    FileFacts facts = new FileFacts();
    List<RowGroup> rowGroups = new ArrayList<>();
    long firstIndex = 0;
    for (CacheFile file : manifest.files()) {
      Path path = new Path(folder, file.name());
      if (!present.containsKey(path.getParent())) {
        present.put(path.getParent(), list(path.getParent(), configuration));
      }
      FileStatus status = present.get(path.getParent()).get(path.getName());
      if (status == null || status.getLen() != file.length()) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "%s is missing or was changed; delete the folder to make it again",
                file.name()));
      }
      LatentCacheFile reader = new LatentCacheFile(status, configuration, facts);
      for (int number = 0; number < file.rowGroups().length; number++) {
        long rows = file.rowGroups()[number];
        rowGroups.add(new RowGroup(reader, number, firstIndex, rows, file.set()));
        firstIndex += rows;
      }
    }
    return rowGroups;
  }

  /** The files of a folder by their names; none where there is no folder. */
  private static Map<String, FileStatus> list(Path folder, Configuration configuration)
      throws IOException {
    Map<String, FileStatus> files = new HashMap<>();
    try {
      for (FileStatus status : folder.getFileSystem(configuration).listStatus(folder)) {
        files.put(status.getPath().getName(), status);
      }
    } catch (FileNotFoundException e) {
      return Map.of(); // its files are missing, and the first of them is named
    }
    return files;
  }

  /** Number of samples. */
  public long size() {
    return manifest.samples();
  }

  /** Number of samples of each size, in their order; see {@link CacheManifest#sizes}. */
  public long[] sizes() {
    return manifest.sizes();
  }

  /** How often an epoch has them. */
  public Appearances appearances() {
    return manifest.appearances();
  }

  /**
   * A sample by its place in the order of sizes, then of ids.
   *
   * @param index in 0..size-1
   * @throws UncheckedIOException when the store cannot read its row group
   * @throws InvalidInputException (DATA) when its row group is damaged
   */
  public LatentSample get(long index) {
    if (index < 0 || index >= size()) {
      throw new IndexOutOfBoundsException(
          String.format(Locale.ROOT, "Invalid sample: %d, the cache holds %d", index, size()));
    }
    int found = Arrays.binarySearch(firstIndices, index);
    RowGroup group = rowGroups.get(found >= 0 ? found : -found - 2);
    int row = Math.toIntExact(index - group.firstIndex());
    int rows = rowsAtOnce(group);
    int page = row / rows;
    return memory
        .get(group.firstIndex() + (long) page * rows, first -> read(group, page, rows, first))
        .get(row % rows);
  }

  /** How many rows of a row group are read at once; {@link LatentCacheFile#ALL_ROWS} for all. */
  private int rowsAtOnce(RowGroup group) {
    int rows = byPages ? reading(group, group.file()::rowsOfPage) : LatentCacheFile.ALL_ROWS;
    return rows < group.rows() ? rows : LatentCacheFile.ALL_ROWS;
  }

  /**
   * The subjects of a row group's samples, in order.
   *
   * @param first index of the row group's first sample
   */
  List<String> subjectsFrom(long first) throws IOException {
    RowGroup rowGroup = rowGroups.get(Arrays.binarySearch(firstIndices, first));
    return rowGroup.file().readSubjects(rowGroup.number());
  }

  /** The token ids of all captions, in the order of samples, without reading latents. */
  public Stream<int[]> tokenIds() {
    return rowGroups.stream()
        .flatMap(group -> captions(group).stream())
        .flatMap(List::stream)
        .map(Caption::tokenIds);
  }

  private List<List<Caption>> captions(RowGroup rowGroup) {
    try {
      return rowGroup.file().readCaptions(rowGroup.number());
    } catch (IOException e) {
      throw new UncheckedIOException(
          String.format(Locale.ROOT, "Cannot read latent cache: %s: %s", location, e.getMessage()),
          e);
    }
  }

  private List<LatentSample> read(RowGroup group, int page, int rows, long first) {
    LatentCacheFile file = group.file();
    LatentCacheFile.Keeper keeper =
        tier.<LatentCacheFile.Keeper>map(disks -> store -> disks.get(first, store))
            .orElse(LocalTier.Store::read);
    List<LatentSample> samples =
        reading(
            group,
            () -> {
              if (rows < LatentCacheFile.ALL_ROWS) {
                return file.readPage(group.number(), page, keeper);
              }
              return tier.isPresent()
                  ? file.read(group.number(), keeper)
                  : file.read(group.number());
            });
    return group.set() == 0
        ? samples
        : samples.stream().map(sample -> sample.inSet(group.set())).toList();
  }

  private <T> T reading(RowGroup group, Reading<T> reading) {
    try {
      return reading.read();
    } catch (IOException e) {
      throw new UncheckedIOException(
          String.format(Locale.ROOT, "Cannot read latent cache: %s: %s", location, e.getMessage()),
          e);
    } catch (RuntimeException e) {
      throw InvalidInputException.data(
          String.format(
              Locale.ROOT,
              "Invalid latent cache: %s: damaged in row group %d: %s; delete the folder, the next"
                  + " run makes it again",
              location,
              group.number(),
              e.getMessage()),
          e);
    }
  }
}
