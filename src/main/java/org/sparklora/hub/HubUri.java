package org.sparklora.hub;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A place on the hub, in the form of huggingface_hub's file system: {@code
 * hf://[datasets/]NAMESPACE/NAME[@REVISION][/PATH]}. A slash in a revision is written %2F.
 *
 * @param revision a branch, a tag or a commit
 * @param path of a file or folder in the repository; "" for all of it
 */
public record HubUri(HubRepo repo, String revision, String path) {
  public static final String SCHEME = "hf";
  public static final String DEFAULT_REVISION = "main";
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
  private static final Pattern FORM =
      Pattern.compile(
          "hf://(?:(?<kind>models|datasets)/)?(?<id>[^/@]+/[^/@]+)(?:@(?<revision>[^/]+))?"
              + "(?:/+(?<path>.*))?");

  public HubUri {
    RepoPath.requireSafe(revision);
    if (!path.isEmpty()) {
      RepoPath.requireSafe(path);
    }
  }

  /** Whether a location is on the hub. */
  public static boolean isHub(String location) {
    return location.startsWith(SCHEME + "://");
  }

  /**
   * Reads a location.
   *
   * @throws IllegalArgumentException when it has another form
   */
  public static HubUri parse(String location) {
    Matcher form = FORM.matcher(location);
    if (!form.matches()) {
      throw new IllegalArgumentException(
          "Invalid location on the hub: "
              + location
              + "; it has the form hf://[datasets/]NAMESPACE/NAME[@REVISION][/PATH]");
    }
    HubRepo.Kind kind =
        "datasets".equals(form.group("kind")) ? HubRepo.Kind.DATASET : HubRepo.Kind.MODEL;
    String revision = form.group("revision") == null ? DEFAULT_REVISION : form.group("revision");
    String path = form.group("path") == null ? "" : form.group("path").replaceFirst("/+$", "");
    return new HubUri(
        new HubRepo(kind, form.group("id")),
        URLDecoder.decode(revision.replace("+", "%2B"), StandardCharsets.UTF_8),
        path);
  }

  /**
   * Reads a URI, as {@link #parse(String)} does. In a location without a type, the revision is in
   * the URI's user part.
   */
  static HubUri parse(URI uri) {
    return parse(SCHEME + "://" + uri.getAuthority() + uri.getPath());
  }

  /** The same place at another revision. */
  public HubUri at(String other) {
    return new HubUri(repo, other, path);
  }

  /** A place below this one, at the same revision. */
  public HubUri resolve(String relative) {
    return new HubUri(repo, revision, path.isEmpty() ? relative : path + "/" + relative);
  }

  /** Whether the revision is a commit, whose content never changes. */
  public boolean isPinned() {
    return COMMIT.matcher(revision).matches();
  }

  @Override
  public String toString() {
    String place = path.isEmpty() ? "" : "/" + path;
    return SCHEME + "://" + repo.uri() + "@" + revision.replace("/", "%2F") + place;
  }
}
