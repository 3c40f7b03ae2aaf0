package org.sparklora.hub;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** A repository of {@link HubServer}: a line of commits, each a map of files. */
public final class ServedRepo {
  /**
   * A file's content.
   *
   * @param large whether it is in the store of large files, named by its SHA-256
   */
  public record Content(byte[] bytes, boolean large) {
    String blobId() {
      return hex("SHA-1", ("blob " + bytes.length + "\0").getBytes(StandardCharsets.UTF_8), bytes);
    }

    String sha256() {
      return hex("SHA-256", bytes);
    }

    String etag() {
      return large ? sha256() : blobId();
    }
  }

  public final boolean isPrivate;
  boolean gated;
  private final Map<String, TreeMap<String, Content>> commits = new LinkedHashMap<>();
  private final List<String> order = new ArrayList<>();

  ServedRepo(String name, boolean isPrivate) {
    this.isPrivate = isPrivate;
    Content attributes = new Content("*.bin filter=lfs\n".getBytes(StandardCharsets.UTF_8), false);
    add(name, Map.of(".gitattributes", attributes));
  }

  /** Adds a commit with the head's files and these, all at once. */
  public synchronized String add(String message, Map<String, Content> files) {
    TreeMap<String, Content> all = new TreeMap<>(order.isEmpty() ? Map.of() : files(head()));
    all.putAll(files);
    String parent = order.isEmpty() ? "" : head();
    String commit =
        hex(
            "SHA-1",
            (parent + message + order.size() + files.keySet()).getBytes(StandardCharsets.UTF_8));
    commits.put(commit, all);
    order.add(commit);
    return commit;
  }

  public synchronized String head() {
    return order.get(order.size() - 1);
  }

  public synchronized int commits() {
    return order.size();
  }

  /** Null where there is no such revision. */
  synchronized String commit(String revision) {
    return revision.equals("main") ? head() : commits.containsKey(revision) ? revision : null;
  }

  public synchronized NavigableMap<String, Content> files(String commit) {
    return commits.get(commit);
  }

  static String hex(String algorithm, byte[]... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance(algorithm);
      for (byte[] part : parts) {
        digest.update(part);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
