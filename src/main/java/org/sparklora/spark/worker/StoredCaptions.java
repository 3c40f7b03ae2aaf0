package org.sparklora.spark.worker;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.CRC32C;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.store.StoreFile;
import org.sparklora.train.CaptionStates;
import org.sparklora.util.ContentHash;

/**
 * Encoded captions in a folder, each in a file named by its token ids: number of hidden states,
 * width, width of the pooled vector, the values in fp32, and a checksum, all little-endian. A
 * caption whose file is missing or damaged counts as not stored.
 */
final class StoredCaptions implements CaptionStates {
  private static final Logger LOG = LoggerFactory.getLogger(StoredCaptions.class);
  private static final int HEADER_BYTES = 3 * Integer.BYTES;
  private static final int NAME_BYTES = 16;

  private final String folder;
  private final Configuration hadoop;

  /** Names of files that are not looked for again. */
  private final Set<String> notStored = ConcurrentHashMap.newKeySet();

  StoredCaptions(String folder, Configuration hadoop) {
    this.folder = folder;
    this.hadoop = hadoop;
  }

  /** The name of a caption's file. */
  static String name(int[] tokenIds) {
    ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES * tokenIds.length);
    bytes.asIntBuffer().put(tokenIds);
    MessageDigest digest = ContentHash.sha256();
    digest.update(bytes);
    return ContentHash.hex(digest, NAME_BYTES);
  }

  @Override
  public Optional<Encoded> find(int[] tokenIds) {
    String name = name(tokenIds);
    if (notStored.contains(name)) {
      return Optional.empty();
    }
    try {
      Optional<Encoded> known =
          StoreFile.of(new Path(folder, name), hadoop).read().flatMap(StoredCaptions::decode);
      if (known.isEmpty() && notStored.add(name)) {
        LOG.warn("{} holds no whole {}: its caption is encoded here", folder, name);
      }
      return known;
    } catch (IOException e) {
      LOG.warn("Cannot read {} in {}: {}; its caption is encoded here", name, folder, e.toString());
      return Optional.empty();
    }
  }

  void write(int[] tokenIds, Encoded caption) throws IOException {
    byte[] bytes = encode(caption);
    StoreFile.of(new Path(folder, name(tokenIds)), hadoop).replace(out -> out.write(bytes));
  }

  static byte[] encode(Encoded caption) {
    float[] pooled = caption.pooled().orElseGet(() -> new float[0]);
    int values = caption.states().length + pooled.length;
    ByteBuffer bytes =
        ByteBuffer.allocate(HEADER_BYTES + Float.BYTES * values + Long.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(caption.words()).putInt(caption.width()).putInt(pooled.length);
    for (float value : caption.states()) {
      bytes.putFloat(value);
    }
    for (float value : pooled) {
      bytes.putFloat(value);
    }
    return bytes.putLong(checksum(bytes.array())).array();
  }

  static Optional<Encoded> decode(byte[] file) {
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    if (file.length < HEADER_BYTES + Long.BYTES
        || bytes.getLong(file.length - Long.BYTES) != checksum(file)) {
      return Optional.empty();
    }
    int words = bytes.getInt();
    int width = bytes.getInt();
    float[] pooled = new float[bytes.getInt()];
    float[] states = new float[words * width];
    for (int i = 0; i < states.length; i++) {
      states[i] = bytes.getFloat();
    }
    for (int i = 0; i < pooled.length; i++) {
      pooled[i] = bytes.getFloat();
    }
    return Optional.of(
        new Encoded(words, states, pooled.length == 0 ? Optional.empty() : Optional.of(pooled)));
  }

  /** Computes the checksum of a file's bytes before the checksum itself. */
  private static long checksum(byte[] file) {
    CRC32C checksum = new CRC32C();
    checksum.update(file, 0, file.length - Long.BYTES);
    return checksum.getValue();
  }
}
