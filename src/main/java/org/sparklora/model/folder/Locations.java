package org.sparklora.model.folder;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.hub.Hub;
import org.sparklora.hub.HubRepo;
import org.sparklora.hub.HubUri;

/** Locations of files and folders, as users write them. */
public final class Locations {
  private static final Pattern URI = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:.*");

  /** Endings of file names. A text with one of them is not a repository's id. */
  private static final Pattern FILE =
      Pattern.compile(".*\\.(safetensors|bin|pt|ckpt|parquet|csv|tsv|jsonl?|txt|png|jpe?g)");

  /** A whole model's file in a repository. */
  private static final Pattern FILE_OF_REPOSITORY =
      Pattern.compile("(?<id>(?<namespace>[^/]+)/[^/]+)/.+\\.(safetensors|ckpt)");

  private Locations() {}

  /**
   * The location of a model or an adapter that is valid on all machines. {@code NAMESPACE/NAME}
   * that is no path here is a repository of the hub, {@code hf://NAMESPACE/NAME}, and {@code
   * NAMESPACE/NAME/FILE.safetensors} a file in it, if there is no folder {@code NAMESPACE} here.
   * Everything else is treated as in {@link #absolute}.
   */
  public static String input(String text) {
    return isOnHub(text) || fileOnHub(text).isPresent()
        ? HubUri.SCHEME + "://" + text
        : absolute(text);
  }

  /** As {@link #input}, but for a data set. */
  public static String dataset(String text) {
    return isOnHub(text) ? HubUri.SCHEME + "://datasets/" + text : absolute(text);
  }

  /** As {@link #input}, but a location that is not on the hub stays as it was written. */
  public static String asWritten(String text) {
    return isOnHub(text) || fileOnHub(text).isPresent() ? input(text) : text;
  }

  /**
   * The usual name of a location: for the hub, the repository's id.
   *
   * @param text as the user gave it
   */
  public static String name(String text) {
    return HubUri.isHub(text) ? HubUri.parse(text).repo().id() : fileOnHub(text).orElse(text);
  }

  /** A location in its usual form: a normalised path if it is on this machine. */
  public static String shown(String location) {
    String path = location.replaceFirst("^file:(//)?(?=/)", "");
    return path.replaceAll("(?<!:)/{2,}", "/").replaceFirst("(?<=[^/:])/+$", "");
  }

  /** Returns the location pinned to a content that no longer changes, see {@link Hub#pin}. */
  public static String pin(String location, Configuration hadoop) {
    return Hub.pin(location, hadoop);
  }

  /** The path of a location on this machine; empty for a URI of another file system. */
  public static Optional<Path> local(String location) {
    return location.startsWith("file:") || !URI.matcher(location).matches()
        ? Optional.of(Path.of(location.replaceFirst("^file:(//[^/]*(?=/))?", "")))
        : Optional.empty();
  }

  private static boolean isOnHub(String text) {
    try {
      return HubRepo.isId(text) && !FILE.matcher(text).matches() && !Files.exists(Path.of(text));
    } catch (InvalidPathException e) {
      return false;
    }
  }

  /** The repository's id, if the text names a file in one. */
  private static Optional<String> fileOnHub(String text) {
    Matcher file = FILE_OF_REPOSITORY.matcher(text);
    try {
      return file.matches()
              && HubRepo.isId(file.group("id"))
              && !Files.exists(Path.of(file.group("namespace")))
          ? Optional.of(file.group("id"))
          : Optional.empty();
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  /**
   * The location in a form that is valid on all machines. A path without a scheme is on this
   * machine, relative to the working directory of this process, which executors do not share.
   */
  public static String absolute(String text) {
    return text.isEmpty() || URI.matcher(text).matches()
        ? text
        // The text is not escaped like a URI, because Hadoop's Path takes every character
        // literally.
        : "file://" + Path.of(text).toAbsolutePath().normalize();
  }
}
