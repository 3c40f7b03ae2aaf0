package org.sparklora.hub;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.util.ContentHash;

/**
 * Downloads one file of a commit into the cache. An incomplete download is kept, and this process
 * or a later one continues it. The file gets its name once its checksum equals the one that the hub
 * states.
 */
final class HubDownload {
  private static final Logger LOG = LoggerFactory.getLogger(HubDownload.class);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int BUFFER = 1 << 17;

  /** The most attempts in a row that may bring no bytes. */
  private static final int VAIN_ATTEMPTS = 5;

  private final HubApi api;
  private final HubCache cache;
  private final String commit;
  private final HubFile file;
  private final Path blob;
  private final Path part;

  HubDownload(HubApi api, HubCache cache, String commit, HubFile file) {
    this.api = api;
    this.cache = cache;
    this.commit = commit;
    this.file = file;
    this.blob = cache.blob(file.etag());
    this.part = blob.resolveSibling(file.etag() + ".incomplete");
  }

  /**
   * Downloads the file unless it is there, and returns its path in the cache.
   *
   * @throws HubException when it cannot be downloaded
   */
  Path run() throws IOException {
    if (!Files.exists(blob)) {
      cache.locked(
          file.etag(),
          () -> {
            if (!Files.exists(blob)) {
              download();
            }
          });
    }
    cache.link(commit, file);
    return cache.file(commit, file.path());
  }

  private void download() throws IOException {
    Files.createDirectories(blob.getParent());
    boolean continued = Files.exists(part) && Files.size(part) > 0;
    Optional<String> wrong = attempt();
    if (wrong.isPresent() && continued) {
      LOG.warn(
          "{}; the part that was there is not used, and the file is downloaded again", wrong.get());
      wrong = attempt();
    }
    if (wrong.isPresent()) {
      throw new HubException(
          HubException.Reason.DAMAGED,
          wrong.get()
              + ". It was deleted: run again, or check whether a proxy changes what it passes on");
    }
    Files.move(part, blob, StandardCopyOption.ATOMIC_MOVE);
  }

  /**
   * Downloads all remaining bytes and compares the checksum. Returns the problem, if there is one.
   */
  private Optional<String> attempt() throws IOException {
    long here = Files.exists(part) ? Files.size(part) : 0;
    if (here > file.size()) {
      Files.delete(part);
      here = 0;
    }
    requireSpace(file.size() - here);
    TransferProgress progress =
        TransferProgress.begin(
            "Downloading " + file.path() + " of " + cache.repo().id(), file.size(), here);
    for (int vain = 0; here < file.size() || !Files.exists(part); ) {
      long before = here;
      Optional<IOException> cut = receive(here, progress);
      here = Files.exists(part) ? Files.size(part) : 0;
      vain = here > before ? 0 : vain + 1;
      if (here < file.size()) {
        String reason = cut.map(IOException::getMessage).orElse("the connection was cut");
        if (vain >= VAIN_ATTEMPTS) {
          throw new HubException(
              HubException.Reason.UNREACHABLE,
              "Cannot download "
                  + describe()
                  + ": "
                  + reason
                  + ". The part that has arrived is kept: run again to go on",
              cut.orElse(null));
        }
        LOG.warn("{}: {} at byte {} of {}; going on", describe(), reason, here, file.size());
        api.http().pause(vain + 1);
      }
    }
    progress.end();
    return check();
  }

  /** Appends the bytes of one answer. */
  private Optional<IOException> receive(long from, TransferProgress progress) throws IOException {
    HubRequest request =
        HubRequest.get(api.url(cache.repo(), commit, file)).with("Accept-Encoding", "identity");
    if (from > 0) {
      request = request.with("Range", "bytes=" + from + "-");
    }
    try (HubResponse response = api.http().send(request)) {
      if (response.status() == 416) {
        Files.deleteIfExists(part);
        return Optional.empty();
      }
      HubErrors.requireOk(response, api.settings(), cache.repo(), commit);
      requireSame(response);
      // If the server ignores the range, the answer has the whole file.
      boolean appends = response.status() == 206;
      try (OutputStream out =
          Files.newOutputStream(
              part,
              StandardOpenOption.CREATE,
              appends ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        return copy(response, out, file.size() - (appends ? from : 0), progress);
      }
    }
  }

  /** Copies a body. Returns the error that cut it short; throws an error of this machine's disk. */
  private static Optional<IOException> copy(
      HubResponse response, OutputStream out, long expected, TransferProgress progress)
      throws IOException {
    byte[] buffer = new byte[BUFFER];
    long left = expected;
    try (InputStream in = new WatchedStream(response.body(), PATIENCE)) {
      while (left > 0) {
        int read;
        try {
          read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
        } catch (IOException e) {
          return Optional.of(e);
        }
        if (read < 0) {
          return Optional.empty();
        }
        out.write(buffer, 0, read);
        left -= read;
        progress.add(read);
      }
    }
    return Optional.empty();
  }

  /**
   * Checks that the answer has the wanted content. The hub states the content's hash in a header,
   * which an error page of a proxy lacks.
   */
  private void requireSame(HubResponse response) throws HubException {
    Optional<String> etag =
        response
            .first()
            .firstValue("X-Linked-Etag")
            .or(() -> response.first().firstValue("ETag"))
            .map(text -> text.replaceFirst("^W/", "").replace("\"", ""));
    if (etag.isPresent() && HubFile.isEtag(etag.get()) && !etag.get().equals(file.etag())) {
      throw new HubException(
          HubException.Reason.DAMAGED,
          "Invalid answer for "
              + describe()
              + ": it is content "
              + etag.get()
              + ", the list of files says "
              + file.etag());
    }
  }

  private Optional<String> check() throws IOException {
    MessageDigest digest = ContentDigest.of(file);
    try (InputStream in = Files.newInputStream(part)) {
      byte[] buffer = new byte[BUFFER];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        digest.update(buffer, 0, read);
      }
    }
    String found = ContentHash.hex(digest);
    if (found.equals(file.etag())) {
      return Optional.empty();
    }
    Files.delete(part);
    return Optional.of(
        "Invalid file "
            + describe()
            + ": its "
            + (file.sha256().isPresent() ? "SHA-256" : "SHA-1 as a blob of git")
            + " is "
            + found
            + ", the hub says "
            + file.etag());
  }

  private void requireSpace(long bytes) throws IOException {
    long free = Files.getFileStore(blob.getParent()).getUsableSpace();
    if (free < bytes) {
      throw new HubException(
          HubException.Reason.LOCAL,
          "Cannot download "
              + describe()
              + ": it needs "
              + (bytes >> 20)
              + " MiB, there are "
              + (free >> 20)
              + " free in "
              + cache.root()
              + "; make room, or set --cache_dir or HF_HUB_CACHE to another disk");
    }
  }

  private String describe() {
    return file.path() + " of " + cache.repo().id();
  }
}
