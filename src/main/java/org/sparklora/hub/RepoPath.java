package org.sparklora.hub;

import java.util.Arrays;

/** Checks names of files in a repository before they become paths on this machine. */
public final class RepoPath {
  private static final int MOST_CHARACTERS = 1024;

  private RepoPath() {}

  /** Whether a name stays in the folder that it is relative to. */
  static boolean isSafe(String path) {
    return !path.isEmpty()
        && path.length() <= MOST_CHARACTERS
        && path.chars().noneMatch(c -> c == '\\' || c == ':' || Character.isISOControl(c))
        && Arrays.stream(path.split("/", -1))
            .noneMatch(part -> part.isEmpty() || part.equals(".") || part.equals(".."));
  }

  public static void requireSafe(String path) {
    if (!isSafe(path)) {
      throw new IllegalArgumentException("Invalid name in a repository of the hub: " + path);
    }
  }
}
