package org.sparklora.hub;

import java.util.regex.Pattern;

/**
 * A repository of the hub.
 *
 * @param id {@code namespace/name}
 */
public record HubRepo(Kind kind, String id) {
  private static final Pattern ID =
      Pattern.compile(
          "(?![-.])[A-Za-z0-9_.-]{1,96}(?<![-.])/(?![-.])[A-Za-z0-9_.-]{1,96}(?<![-.])");

  /** The kind of a repository. */
  public enum Kind {
    MODEL("models", ""),
    DATASET("datasets", "datasets/");

    private final String plural;
    private final String prefix;

    Kind(String plural, String prefix) {
      this.plural = plural;
      this.prefix = prefix;
    }

    /** The name of the kind in messages. */
    String label() {
      return this == MODEL ? "model" : "data set";
    }
  }

  public HubRepo {
    if (!isId(id)) {
      throw new IllegalArgumentException(
          "Invalid repository of the hub: " + id + "; it is called namespace/name");
    }
  }

  /** Whether a text can be a repository's id, by the hub's rules. */
  public static boolean isId(String text) {
    return ID.matcher(text).matches()
        && !text.contains("--")
        && !text.contains("..")
        && !text.endsWith(".git");
  }

  /** The folder in the cache. */
  String folderName() {
    return kind.plural + "--" + id.replace("/", "--");
  }

  /** Path of API calls about the repository. */
  String api() {
    return "/api/" + kind.plural + "/" + id;
  }

  /** Path of the repository's page and of its files. */
  public String page() {
    return "/" + kind.prefix + id;
  }

  /** The repository in a {@link HubUri}. */
  String uri() {
    return kind.prefix + id;
  }
}
