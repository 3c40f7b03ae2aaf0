package org.sparklora.data.parquet;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.crypto.ParquetCryptoRuntimeException;
import org.apache.parquet.hadoop.BadConfigurationException;
import org.apache.parquet.hadoop.CodecFactory;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.sparklora.store.StoreFile;
import org.sparklora.store.WholeFile;
import org.sparklora.util.ForeignFile;

/** Explains why a Parquet file cannot be read. */
public final class FooterCheck {
  private static final String MAGIC = "PAR1";
  private static final String ENCRYPTED_MAGIC = "PARE";

  private FooterCheck() {}

  /**
   * Names the compressions, among the columns that are read, that have no codec here.
   *
   * @param path for messages
   */
  public static List<String> codecs(
      String path, List<BlockMetaData> groups, ImageColumns columns, Configuration configuration) {
    TreeSet<CompressionCodecName> codecs = new TreeSet<>();
    for (BlockMetaData group : groups) {
      for (ColumnChunkMetaData chunk : group.getColumns()) {
        if (columns.names().contains(chunk.getPath().toArray()[0])) {
          codecs.add(chunk.getCodec());
        }
      }
    }
    List<String> problems = new ArrayList<>();
    CodecFactory factory = new CodecFactory(configuration, 0);
    for (CompressionCodecName codec : codecs) {
      try {
        factory.getDecompressor(codec);
      } catch (BadConfigurationException e) {
        problems.add(
            String.format(
                Locale.ROOT,
                "Unsupported Parquet file: %s is compressed with %s, and there is no codec for it;"
                    + " write it anew with zstd or snappy: import pyarrow.parquet as pq;"
                    + " pq.write_table(pq.read_table(FILE), NEW_FILE, compression=\"zstd\")",
                path,
                codec));
      }
    }
    factory.release();
    return problems;
  }

  /**
   * Explains why a file's footer cannot be read.
   *
   * @param failure thrown by Parquet
   */
  public static String unreadable(Path path, Exception failure, Configuration configuration) {
    if (failure instanceof ParquetCryptoRuntimeException) {
      return encrypted(path);
    }
    try {
      FileSystem files = StoreFile.of(path, configuration).fileSystem();
      WholeFile.requireRegular(files, files.getFileStatus(path));
    } catch (IOException e) {
      return String.format(Locale.ROOT, "Cannot read Parquet file: %s: %s", path, e.getMessage());
    }
    try (InputStream in = StoreFile.of(path, configuration).fileSystem().open(path)) {
      byte[] head = in.readNBytes(ForeignFile.HEAD_BYTES);
      Optional<ForeignFile> foreign = ForeignFile.of(head);
      if (foreign.isPresent()) {
        return String.format(
            Locale.ROOT, "Cannot read Parquet file: %s: %s", path, foreign.get().text());
      }
      String magic = new String(Arrays.copyOf(head, MAGIC.length()), StandardCharsets.ISO_8859_1);
      if (head.length == 0) {
        return String.format(
            Locale.ROOT,
            "Cannot read Parquet file: %s: it is empty; write or download it anew",
            path);
      }
      if (magic.equals(ENCRYPTED_MAGIC)) {
        return encrypted(path);
      }
      if (!magic.equals(MAGIC)) {
        return String.format(
            Locale.ROOT,
            "Cannot read Parquet file: %s: it is no Parquet file, which begins with %s; write or"
                + " download it anew",
            path,
            MAGIC);
      }
    } catch (IOException | RuntimeException e) {
      // The first failure is the one to report.
    }
    return String.format(
        Locale.ROOT,
        "Cannot read Parquet file: %s: %s; it may be cut short, write or download it anew",
        path,
        failure.getMessage());
  }

  private static String encrypted(Path path) {
    return String.format(
        Locale.ROOT,
        "Unsupported Parquet file: %s is encrypted; write it anew without encryption",
        path);
  }
}
