package org.sparklora.util;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A wrong file that a clone or a download left under the right name. Check for it wherever a
 * fetched file is opened: weights, an adapter, Parquet, metadata, a caption or a picture.
 *
 * <p>{@link #text()} completes a message, such as {@code "Cannot read adapter: %s: %s"}. Only the
 * beginning of the file is read. No valid file of any kind that this program reads begins like
 * this.
 */
public enum ForeignFile {
  /** A clone without Git LFS has it in place of each large file. */
  GIT_LFS_POINTER(
      "it is a Git LFS pointer, not the file itself; run `git lfs pull` in its clone, or download"
          + " the file",
      "version https://git-lfs\\.github\\.com/spec/"),
  /** A clone without git-annex has it in place of each large file. */
  GIT_ANNEX_POINTER(
      "it is a git-annex pointer, not the file itself; run `git annex get` in its clone",
      "(\\.\\./)*(\\.git)?/annex/objects/"),
  /** A server's page about an error, a login or a licence, saved as the file. */
  HTML_PAGE(
      "it is an HTML page, such as a server's error or login page, not the file itself; open it in"
          + " a browser to see what the server says, and download the file again",
      "(<\\?xml[^>]*>\\s*)?(<!--.*?-->\\s*)*<(!doctype html|html|head|body)[\\s>]"),
  /** An object store's answer, saved as the file. */
  XML_ERROR(
      "it is an object store's error message, not the file itself; open it to see what the store"
          + " says, and download the file again",
      "(<\\?xml[^>]*>\\s*)?<Error>");

  /** Number of bytes of a file that are read. */
  public static final int HEAD_BYTES = 1024;

  private final String text;
  private final Pattern beginning;

  ForeignFile(String text, String beginning) {
    this.text = text;
    this.beginning =
        Pattern.compile("\\A\\uFEFF?\\s*" + beginning, Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
  }

  /**
   * Recognises a file.
   *
   * @param head its first bytes, {@link #HEAD_BYTES} or more if it has as many
   * @return empty for a file that is right, or wrong in another way
   */
  public static Optional<ForeignFile> of(byte[] head) {
    int length = Math.min(head.length, HEAD_BYTES);
    String start = new String(head, 0, length, StandardCharsets.UTF_8);
    for (ForeignFile kind : values()) {
      if (kind.beginning.matcher(start).find()) {
        return Optional.of(kind);
      }
    }
    return Optional.empty();
  }

  /** Recognises a file by the first bytes of a stream. The stream is not closed. */
  public static Optional<ForeignFile> of(InputStream start) throws IOException {
    return of(start.readNBytes(HEAD_BYTES));
  }

  /** Recognises a file on a local disk. */
  public static Optional<ForeignFile> of(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return of(in);
    }
  }

  /** Words that say what it is and what to do. */
  public String text() {
    return text;
  }
}
