package org.sparklora.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.RecordReader;
import org.sparklora.InvalidInputException;

/**
 * Reads samples of a latent cache by their index. Row groups read are kept, the most recently used
 * ones up to a number of bytes.
 */
public final class LatentCache implements AutoCloseable {
  private record FileStart(String name, long first) {}

  private record RowGroup(String file, int block) {}

  private final Path folder;
  private final Configuration hadoop;
  private final long capacity;
  private final long samples;
  private final TreeMap<Long, FileStart> starts = new TreeMap<>();
  private final Map<String, ParquetFileReader> open = new LinkedHashMap<>();
  private final Map<RowGroup, List<LatentSample>> recent = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<RowGroup, Long> sizes = new LinkedHashMap<>();
  private long kept;

  private LatentCache(Path folder, Configuration hadoop, LatentManifest manifest, long capacity) {
    this.folder = folder;
    this.hadoop = hadoop;
    this.capacity = capacity;
    long first = 0;
    for (LatentManifest.File file : manifest.files()) {
      if (file.samples() > 0) {
        starts.put(first, new FileStart(file.name(), first));
        first += file.samples();
      }
    }
    this.samples = first;
  }

  /**
   * Opens a complete cache.
   *
   * @param capacity bytes of row groups to keep
   */
  public static LatentCache open(String location, Configuration hadoop, long capacity) {
    Path folder = new Path(location);
    try {
      LatentManifest manifest =
          LatentManifest.read(folder, hadoop)
              .orElseThrow(
                  () ->
                      InvalidInputException.data(
                          "Missing latent cache: " + location + " has no " + LatentManifest.NAME));
      return new LatentCache(folder, hadoop, manifest, capacity);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the latent cache " + location, e);
    }
  }

  /** Number of samples. */
  public long size() {
    return samples;
  }

  /** The sample at an index, in the order of the data set's rows. */
  public LatentSample get(long index) {
    FileStart file = starts.floorEntry(index).getValue();
    long row = index - file.first();
    try {
      List<BlockMetaData> blocks = reader(file.name()).getRowGroups();
      int block = 0;
      while (row >= blocks.get(block).getRowCount()) {
        row -= blocks.get(block).getRowCount();
        block++;
      }
      return rowGroup(new RowGroup(file.name(), block)).get(Math.toIntExact(row));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + file.name() + " of " + folder, e);
    }
  }

  private ParquetFileReader reader(String name) throws IOException {
    ParquetFileReader reader = open.get(name);
    if (reader == null) {
      Path path = new Path(folder, name);
      reader = ParquetFileReader.open(HadoopInputFile.fromPath(path, hadoop));
      open.put(name, reader);
    }
    return reader;
  }

  private List<LatentSample> rowGroup(RowGroup key) throws IOException {
    List<LatentSample> rows = recent.get(key);
    if (rows != null) {
      return rows;
    }
    ParquetFileReader reader = reader(key.file());
    long size = reader.getRowGroups().get(key.block()).getTotalByteSize();
    rows = read(reader, key.block());
    kept += size;
    recent.put(key, rows);
    sizes.put(key, size);
    while (kept > capacity && recent.size() > 1) {
      RowGroup oldest = recent.keySet().iterator().next();
      recent.remove(oldest);
      kept -= sizes.remove(oldest);
    }
    return rows;
  }

  private static List<LatentSample> read(ParquetFileReader reader, int block) throws IOException {
    try (PageReadStore pages = reader.readRowGroup(block)) {
      RecordReader<Group> records =
          new ColumnIOFactory()
              .getColumnIO(LatentSchema.TYPE)
              .getRecordReader(pages, new GroupRecordConverter(LatentSchema.TYPE));
      List<LatentSample> rows = new ArrayList<>();
      for (long i = 0; i < pages.getRowCount(); i++) {
        rows.add(LatentSchema.read(records.read()));
      }
      return rows;
    }
  }

  @Override
  public void close() {
    open.values()
        .forEach(
            reader -> {
              try {
                reader.close();
              } catch (IOException e) {
                throw new UncheckedIOException("Cannot close a file of " + folder, e);
              }
            });
  }
}
