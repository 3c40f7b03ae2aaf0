package org.sparklora.hub.publish;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.security.MessageDigest;
import java.util.Optional;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.sparklora.hub.ContentDigest;
import org.sparklora.hub.RepoPath;
import org.sparklora.hub.TransferProgress;
import org.sparklora.util.ContentHash;

/** A file to publish. */
final class UploadFile {
  private static final int SAMPLE_BYTES = 512;

  /**
   * Most bytes of a file that is sent within a commit. Larger files must be uploaded separately.
   */
  private static final int MOST_CONTENT_BYTES = 64 << 20;

  private static final int BUFFER = 1 << 17;

  private final String path;
  private final long size;
  private final Source source;
  private Optional<String> sha256 = Optional.empty();

  private UploadFile(String path, long size, Source source) {
    RepoPath.requireSafe(path);
    this.path = path;
    this.size = size;
    this.source = source;
  }

  /** Opens the bytes each time they are needed. */
  private interface Source {
    InputStream open() throws IOException;
  }

  static UploadFile of(String path, FileSystem files, FileStatus file) {
    return new UploadFile(path, file.getLen(), () -> files.open(file.getPath()));
  }

  static UploadFile of(String path, byte[] content) {
    return new UploadFile(path, content.length, () -> new ByteArrayInputStream(content));
  }

  /** The path in the repository. */
  String path() {
    return path;
  }

  long size() {
    return size;
  }

  /** The first bytes, by which the hub distinguishes text from binary content. */
  byte[] sample() throws IOException {
    try (InputStream in = source.open()) {
      return in.readNBytes(SAMPLE_BYTES);
    }
  }

  byte[] content() throws IOException {
    try (InputStream in = source.open()) {
      byte[] bytes = in.readNBytes(MOST_CONTENT_BYTES + 1);
      if (bytes.length > MOST_CONTENT_BYTES) {
        throw new IOException(
            "Cannot send "
                + path
                + " within a commit: it has more than "
                + MOST_CONTENT_BYTES
                + " bytes, and the hub asks for no upload of its own");
      }
      return bytes;
    }
  }

  String sha256() throws IOException {
    if (sha256.isEmpty()) {
      sha256 = Optional.of(digest(ContentHash.sha256()));
    }
    return sha256.get();
  }

  String gitSha1() throws IOException {
    return digest(ContentDigest.gitSha1(size));
  }

  private String digest(MessageDigest digest) throws IOException {
    try (InputStream in = source.open()) {
      byte[] buffer = new byte[BUFFER];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        digest.update(buffer, 0, read);
      }
    }
    return ContentHash.hex(digest);
  }

  /** A range of the bytes as a request's body of known length. */
  BodyPublisher body(long offset, long length, TransferProgress progress) {
    return length == 0
        ? BodyPublishers.noBody()
        : BodyPublishers.fromPublisher(
            BodyPublishers.ofInputStream(() -> slice(offset, length, progress)), length);
  }

  private InputStream slice(long offset, long length, TransferProgress progress) {
    try {
      InputStream in = source.open();
      in.skipNBytes(offset);
      return new SliceStream(in, length, progress);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + path + ": " + e.getMessage(), e);
    }
  }
}
