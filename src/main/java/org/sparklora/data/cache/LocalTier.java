package org.sparklora.data.cache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Row groups of a remote cache, or pages of them, on disks of this machine, each under the index of
 * its first sample. They are added up to a limit and never replaced. In a random order without
 * repetition an old one is as likely to be needed next as a new one. A row group has a checksum; a
 * damaged one counts as not there. A failure of a disk never makes reading the cache fail.
 */
final class LocalTier {
  private static final Logger LOG = LoggerFactory.getLogger(LocalTier.class);

  /** A tier leaves free one part in this number of a disk's space. */
  private static final int FREE_PART = 10;

  /** Reads a row group from the store. */
  interface Store {
    byte[] read() throws IOException;
  }

  private record Piece(Path file, int length, long checksum) {}

  private final List<Path> folders;
  private final long mostBytes;
  private final Map<Long, Piece> pieces = new ConcurrentHashMap<>();
  private final AtomicLong used = new AtomicLong();
  private final AtomicBoolean said = new AtomicBoolean();
  private final AtomicInteger turn = new AtomicInteger();

  /**
   * An empty tier.
   *
   * @param folders which take turns; made here, for this tier alone
   * @param mostBytes of all its row groups
   */
  LocalTier(List<Path> folders, long mostBytes) {
    this.folders = List.copyOf(folders);
    this.mostBytes = mostBytes;
  }

  /** The bytes of a row group, from a disk if they are there, otherwise from the store. */
  byte[] get(long group, Store store) throws IOException {
    Optional<byte[]> here = read(group);
    if (here.isPresent()) {
      return here.get();
    }
    byte[] bytes = store.read();
    keep(group, bytes);
    return bytes;
  }

  private Optional<byte[]> read(long group) {
    Piece piece = pieces.get(group);
    if (piece == null) {
      return Optional.empty();
    }
    try {
      byte[] bytes = Files.readAllBytes(piece.file());
      if (bytes.length == piece.length() && checksum(bytes) == piece.checksum()) {
        return Optional.of(bytes);
      }
      LOG.warn("{} is damaged; its row group is read from the store again", piece.file());
    } catch (IOException e) {
      LOG.warn("{} cannot be read: {}; the store is asked again", piece.file(), e.toString());
    }
    if (pieces.remove(group, piece)) {
      used.addAndGet(-piece.length());
      deleteQuietly(piece.file());
    }
    return Optional.empty();
  }

  private void keep(long group, byte[] bytes) {
    if (used.addAndGet(bytes.length) > mostBytes) {
      used.addAndGet(-bytes.length);
      return;
    }
    try {
      Path folder =
          Files.createDirectories(
              folders.get(Math.floorMod(turn.getAndIncrement(), folders.size())));
      if (hasRoom(folder, bytes.length)) {
        Path file = folder.resolve("rows-" + group);
        Files.write(file, bytes);
        pieces.put(group, new Piece(file, bytes.length, checksum(bytes)));
        return;
      }
      say("There is little room in " + folder);
    } catch (IOException e) {
      say("Cannot write: " + e);
    }
    used.addAndGet(-bytes.length);
  }

  private static boolean hasRoom(Path folder, int bytes) throws IOException {
    long free = Files.getFileStore(folder).getUsableSpace() - bytes;
    return free > Files.getFileStore(folder).getTotalSpace() / FREE_PART;
  }

  private static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.debug("Cannot delete {}", file, e); // The end of the tier deletes its folder.
    }
  }

  private void say(String what) {
    if (said.compareAndSet(false, true)) {
      LOG.warn("{}; some row groups of the latent cache are read from the store each time", what);
    }
  }

  private static long checksum(byte[] bytes) {
    CRC32C checksum = new CRC32C();
    checksum.update(ByteBuffer.wrap(bytes));
    return checksum.getValue();
  }

  /** Deletes all row groups of the tier. */
  void delete() {
    pieces.clear();
    for (Path folder : folders) {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.toList()) {
          Files.deleteIfExists(file);
        }
        Files.deleteIfExists(folder);
      } catch (IOException e) {
        LOG.debug("Cannot delete {}", folder, e); // Spark deletes it at the end of the process.
      }
    }
  }
}
