package org.sparklora.model.folder;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.hub.Hub;
import org.sparklora.hub.HubRepo;
import org.sparklora.hub.HubUri;

/** Names of files and folders, as people give them. */
public final class Locations {
  private static final Pattern URI = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:.*");

  /** What a repository is not called, and a file often is. */
  private static final Pattern FILE =
      Pattern.compile(".*\\.(safetensors|bin|pt|ckpt|parquet|csv|tsv|jsonl?|txt|png|jpe?g)");

  private Locations() {}

  /**
   * A model or an adapter for everybody: {@code NAMESPACE/NAME} that is not here is one of the hub,
   * {@code hf://NAMESPACE/NAME}; all else is as in {@link #absolute}.
   */
  public static String input(String text) {
    return isOnHub(text) ? HubUri.SCHEME + "://" + text : absolute(text);
  }

  /** As {@link #input}, of a data set. */
  public static String dataset(String text) {
    return isOnHub(text) ? HubUri.SCHEME + "://datasets/" + text : absolute(text);
  }

  /** As {@link #input}, but what is not of the hub stays as it was written. */
  public static String asWritten(String text) {
    return isOnHub(text) ? input(text) : text;
  }

  /**
   * What people call it: of the hub's, the repository's id.
   *
   * @param text as it was given
   */
  public static String name(String text) {
    return HubUri.isHub(text) ? HubUri.parse(text).repo().id() : text;
  }

  /**
   * A place as people write it: a path for a file of this machine, without what makes no
   * difference.
   */
  public static String shown(String location) {
    String path = location.replaceFirst("^file:(//)?(?=/)", "");
    return path.replaceAll("(?<!:)/{2,}", "/").replaceFirst("(?<=[^/:])/+$", "");
  }

  /** The same place with a content that stays, see {@link Hub#pin}. */
  public static String pin(String location, Configuration hadoop) {
    return Hub.pin(location, hadoop);
  }

  private static boolean isOnHub(String text) {
    try {
      return HubRepo.isId(text) && !FILE.matcher(text).matches() && !Files.exists(Path.of(text));
    } catch (InvalidPathException e) {
      return false;
    }
  }

  /**
   * The name for everybody: a path without a scheme is this machine's, relative to the working
   * directory of this process, which executors do not share.
   */
  public static String absolute(String text) {
    return text.isEmpty() || URI.matcher(text).matches()
        ? text
        // Not escaped as a URI is: Hadoop's Path takes every character as it stands.
        : "file://" + Path.of(text).toAbsolutePath().normalize();
  }
}
