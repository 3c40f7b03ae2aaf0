package org.sparklora.data.file;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.apache.hadoop.fs.EtagSource;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileChecksum;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.sparklora.store.WholeFile;
import org.sparklora.util.ContentHash;

/**
 * Identifies a file's content without reading much of it. The identity is the checksum that the
 * file system keeps (an object store's entity tag, HDFS's checksum), or else the SHA-256 of a file
 * of up to 64 MiB. For longer files it is the length, the time of the last change, and the SHA-256
 * of 64 MiB in pieces from all over the file.
 */
public final class FileIdentity {
  private static final long HASHED_BYTES = 64L << 20;
  private static final int PIECE_BYTES = 1 << 16;

  private FileIdentity() {}

  /** The identity of a file's content. */
  public static String of(FileSystem files, FileStatus file) throws IOException {
    if (file instanceof EtagSource tagged && tagged.getEtag() != null) {
      return "etag " + tagged.getEtag();
    }
    FileChecksum checksum = files.getFileChecksum(file.getPath());
    if (checksum != null) {
      return checksum.getAlgorithmName() + " " + HexFormat.of().formatHex(checksum.getBytes());
    }
    String seen = "length " + file.getLen() + " modified " + file.getModificationTime();
    if (!isRegular(files, file)) {
      return seen;
    }
    if (file.getLen() <= HASHED_BYTES) {
      try (InputStream in = files.open(file.getPath())) {
        return "sha256 " + ContentHash.sha256(in);
      }
    }
    return seen + " pieces " + pieces(files, file);
  }

  private static String pieces(FileSystem files, FileStatus file) throws IOException {
    MessageDigest digest = ContentHash.sha256();
    long pieces = HASHED_BYTES / PIECE_BYTES;
    byte[] piece = new byte[PIECE_BYTES];
    try (FSDataInputStream in = files.open(file.getPath())) {
      for (long i = 0; i < pieces; i++) {
        in.readFully((file.getLen() - PIECE_BYTES) * i / (pieces - 1), piece);
        digest.update(piece);
      }
    }
    return ContentHash.hex(digest);
  }

  /**
   * Whether it is a regular file. Other kinds, such as named pipes, may never end; they are
   * reported when they are read.
   */
  private static boolean isRegular(FileSystem files, FileStatus file) {
    try {
      WholeFile.requireRegular(files, file);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
