package org.sparklora.hub;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.store.RegularFile;
import org.sparklora.util.ContentHash;

/**
 * A repository in the cache, in the layout of huggingface_hub: {@code blobs/ETAG} has the contents,
 * {@code snapshots/COMMIT/...} links to them by name, {@code refs/REVISION} names a commit.
 *
 * @param root the cache of all repositories
 */
record HubCache(Path root, HubRepo repo) {
  private static final Logger LOG = LoggerFactory.getLogger(HubCache.class);
  private static final long LOOK_EVERY_MILLIS = 100;
  private static final long TELL_EVERY = 100;

  /** The size from which the hub stores a file as a large one, in bytes. */
  private static final long LARGE = 10 << 20;

  /** The most bytes of a ref; a commit's name takes 40. */
  private static final long MOST_REF_BYTES = 1 << 10;

  /** Locks between threads, because a file lock belongs to the whole process. */
  private static final Map<Path, ReentrantLock> THREADS = new ConcurrentHashMap<>();

  Path folder() {
    return root.resolve(repo.folderName());
  }

  Path blob(String etag) {
    return folder().resolve("blobs").resolve(etag);
  }

  Path snapshot(String commit) {
    return folder().resolve("snapshots").resolve(commit);
  }

  /** The path of a file of a commit; the file may not be there. */
  Path file(String commit, String path) {
    RepoPath.requireSafe(path);
    return snapshot(commit).resolve(path);
  }

  /** The commit of a revision when the hub was last asked. */
  Optional<String> commit(String revision) throws IOException {
    Path ref = folder().resolve("refs").resolve(revision);
    return Files.isRegularFile(ref)
        ? Optional.of(text(ref)).filter(text -> text.matches("[0-9a-f]{40}"))
        : Optional.empty();
  }

  private static String text(Path ref) throws IOException {
    return new String(RegularFile.read(ref, MOST_REF_BYTES), StandardCharsets.UTF_8).strip();
  }

  void remember(String revision, String commit) throws IOException {
    if (!commit(revision).equals(Optional.of(commit))) {
      Path ref = folder().resolve("refs").resolve(revision);
      Files.createDirectories(ref.getParent());
      Path part = ref.resolveSibling(ref.getFileName() + "." + UUID.randomUUID() + ".tmp");
      Files.writeString(part, commit);
      Files.move(part, ref, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  /** The files of a commit that were downloaded. */
  List<HubFile> files(String commit) throws IOException {
    Path snapshot = snapshot(commit);
    List<HubFile> files = new ArrayList<>();
    if (!Files.isDirectory(snapshot)) {
      return files;
    }
    try (Stream<Path> walk = Files.walk(snapshot)) {
      for (Path path : (Iterable<Path>) walk.filter(Files::isRegularFile).sorted()::iterator) {
        String name = snapshot.relativize(path).toString().replace('\\', '/');
        files.add(new HubFile(name, Files.size(path), etag(path)));
      }
    }
    return files;
  }

  /** The blob's name; on a file system without links, the hash of its content. */
  static String etag(Path path) throws IOException {
    if (Files.isSymbolicLink(path)) {
      String name = Files.readSymbolicLink(path).getFileName().toString();
      if (HubFile.isEtag(name)) {
        return name;
      }
    }
    long size = Files.size(path);
    MessageDigest digest = size > LARGE ? ContentHash.sha256() : ContentDigest.gitSha1(size);
    try (InputStream in = new DigestInputStream(Files.newInputStream(path), digest)) {
      in.transferTo(OutputStream.nullOutputStream());
    }
    return ContentHash.hex(digest);
  }

  /** Gives a blob its name in a commit, by a relative link, so that the cache can be moved. */
  void link(String commit, HubFile file) throws IOException {
    Path link = file(commit, file.path());
    if (Files.exists(link)) {
      return;
    }
    Path blob = blob(file.etag());
    Files.createDirectories(link.getParent());
    Path part = link.resolveSibling(link.getFileName() + "." + UUID.randomUUID() + ".tmp");
    try {
      try {
        Files.createSymbolicLink(part, link.getParent().relativize(blob));
      } catch (UnsupportedOperationException e) {
        Files.copy(blob, part);
      }
      Files.move(part, link, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  /** Work that runs while no other thread or process of this program downloads the same content. */
  interface Work {
    void run() throws IOException;
  }

  void locked(String etag, Work work) throws IOException {
    Path file = root.resolve(".locks").resolve(repo.folderName()).resolve(etag + ".lock");
    ReentrantLock threads = THREADS.computeIfAbsent(file, key -> new ReentrantLock());
    threads.lock();
    try {
      Files.createDirectories(file.getParent());
      try (FileChannel channel =
              FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock held = lock(channel, file)) {
        LOG.debug("Holding {}", held);
        work.run();
      }
    } finally {
      threads.unlock();
    }
  }

  private static FileLock lock(FileChannel channel, Path file) throws IOException {
    for (long looks = 0; ; looks++) {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return lock;
      }
      if (looks % TELL_EVERY == 0) {
        LOG.info("Waiting for another process, which downloads the same file and holds {}", file);
      }
      try {
        Thread.sleep(LOOK_EVERY_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new HubException(HubException.Reason.LOCAL, "Interrupted while waiting for " + file);
      }
    }
  }
}
