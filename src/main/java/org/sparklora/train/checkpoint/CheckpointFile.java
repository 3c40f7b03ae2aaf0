package org.sparklora.train.checkpoint;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import org.apache.hadoop.fs.ChecksumException;
import org.apache.hadoop.fs.FileStatus;
import org.sparklora.store.FileContent;
import org.sparklora.store.StoreFile;
import org.sparklora.store.WholeFile;
import org.sparklora.util.ContentHash;
import org.sparklora.util.InvalidInputException;

/** One file of a checkpoint. It is hashed before it is written and while it is read. */
record CheckpointFile(StoreFile file) {
  /** Size and hash of the bytes that {@link StoreFile#replace} would write. */
  static CheckpointManifest.Entry entry(FileContent content) throws IOException {
    MessageDigest digest = ContentHash.sha256();
    Counted out = new Counted();
    content.writeTo(new DigestOutputStream(out, digest));
    return new CheckpointManifest.Entry(out.bytes, ContentHash.hex(digest));
  }

  /**
   * Copies the file to {@code out}.
   *
   * @throws InvalidInputException if it is not the file that the manifest describes
   */
  void copyTo(OutputStream out, CheckpointManifest.Entry expected) throws IOException {
    MessageDigest digest = ContentHash.sha256();
    long bytes;
    requireLength(expected.bytes());
    try (InputStream in = new DigestInputStream(file.fileSystem().open(file.path()), digest)) {
      bytes = in.transferTo(out);
    } catch (FileNotFoundException e) {
      throw corrupt("the file is missing");
    } catch (ChecksumException e) {
      throw corrupt(e.getMessage());
    }
    if (bytes != expected.bytes()) {
      throw corrupt("it has " + bytes + " bytes and was written with " + expected.bytes());
    }
    if (!ContentHash.hex(digest).equals(expected.sha256())) {
      throw corrupt("its SHA-256 differs from the manifest's");
    }
  }

  /** Refuses, before reading, a file of another length, or anything but a regular file. */
  private void requireLength(long expected) throws IOException {
    FileStatus status;
    try {
      status = file.fileSystem().getFileStatus(file.path());
    } catch (FileNotFoundException e) {
      throw corrupt("the file is missing");
    }
    try {
      WholeFile.requireRegular(file.fileSystem(), status);
    } catch (IOException e) {
      throw corrupt(e.getMessage());
    }
    if (status.getLen() != expected) {
      throw corrupt("it has " + status.getLen() + " bytes and was written with " + expected);
    }
  }

  private InvalidInputException corrupt(String how) {
    return InvalidInputException.data(
        "Invalid checkpoint file "
            + file.path()
            + ": "
            + how
            + "; resume from another checkpoint with --resume_from_checkpoint PATH.");
  }

  private static final class Counted extends OutputStream {
    private long bytes;

    @Override
    public void write(int b) {
      bytes++;
    }

    @Override
    public void write(byte[] b, int from, int length) {
      bytes += length;
    }
  }
}
