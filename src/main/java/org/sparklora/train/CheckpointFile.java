package org.sparklora.train;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.apache.hadoop.fs.ChecksumException;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.sparklora.InvalidInputException;

/** One file of a checkpoint, hashed as it is written and as it is read. */
record CheckpointFile(FileSystem fileSystem, Path path) {
  /** Writes the content, over what an interrupted run may have left. */
  CheckpointManifest.Entry write(CheckpointContent content) throws IOException {
    MessageDigest digest = sha256();
    long bytes;
    try (FSDataOutputStream file = fileSystem.create(path, true)) {
      DigestOutputStream out = new DigestOutputStream(file, digest);
      content.writeTo(out);
      out.flush();
      bytes = file.getPos();
    }
    return new CheckpointManifest.Entry(bytes, HexFormat.of().formatHex(digest.digest()));
  }

  /**
   * Copies the file to {@code out}.
   *
   * @throws InvalidInputException if it is not the file the manifest speaks of
   */
  void copyTo(OutputStream out, CheckpointManifest.Entry expected) throws IOException {
    if (!fileSystem.exists(path)) {
      throw corrupt("the file is missing");
    }
    MessageDigest digest = sha256();
    long bytes;
    try (InputStream in = new DigestInputStream(fileSystem.open(path), digest)) {
      bytes = in.transferTo(out);
    } catch (ChecksumException e) {
      throw corrupt(e.getMessage());
    }
    if (bytes != expected.bytes()) {
      throw corrupt("it has " + bytes + " bytes and was written with " + expected.bytes());
    }
    if (!HexFormat.of().formatHex(digest.digest()).equals(expected.sha256())) {
      throw corrupt("its SHA-256 differs from the manifest's");
    }
  }

  private InvalidInputException corrupt(String how) {
    return InvalidInputException.data(
        "Invalid checkpoint file "
            + path
            + ": "
            + how
            + "; resume from another checkpoint with --resume_from_checkpoint PATH.");
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
