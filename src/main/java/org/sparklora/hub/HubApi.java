package org.sparklora.hub;

import static org.sparklora.util.Json.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The hub's calls about repositories and users. */
public record HubApi(HubSettings settings, HubHttp http) {
  private static final Pattern NEXT = Pattern.compile("<([^>]+)>\\s*;\\s*rel=\"?next\"?");
  private static final int MOST_FILES = 1_000_000;
  private static final int MOST_PAGES = 1_000;

  public static HubApi of(HubSettings settings) {
    return new HubApi(settings, new HubHttp(settings));
  }

  /**
   * The hub's description of a repository at a revision; {@code sha} is the commit.
   *
   * @throws HubException (MISSING, REFUSED, UNREACHABLE)
   */
  public JsonNode info(HubRepo repo, String revision) throws IOException {
    return json(HubRequest.get(url(repo, "/revision/" + encoded(revision))), repo, revision);
  }

  /** The commit of a revision. */
  public String commit(HubRepo repo, String revision) throws IOException {
    String sha = info(repo, revision).path("sha").asText();
    if (!sha.matches("[0-9a-f]{40}")) {
      throw new HubException(
          HubException.Reason.UNREACHABLE,
          "Invalid answer of " + settings.endpoint() + ": no commit of " + repo.id());
    }
    return sha;
  }

  /** All files of a commit. */
  List<HubFile> files(HubRepo repo, String commit) throws IOException {
    List<HubFile> files = new ArrayList<>();
    Optional<URI> page = Optional.of(url(repo, "/tree/" + commit + "?recursive=true&expand=false"));
    int pages = 0;
    while (page.isPresent()) {
      try (HubResponse response = http.send(HubRequest.get(page.get()))) {
        HubErrors.requireOk(response, settings, repo, commit);
        for (JsonNode entry : response.json()) {
          if (entry.path("type").asText().equals("file")) {
            files.add(file(entry, repo));
          }
        }
        page = next(page.get(), response);
      }
      // A page without a file may still link to another page, so the number of pages is limited,
      // too.
      if (files.size() > MOST_FILES || ++pages > MOST_PAGES) {
        throw new HubException(
            HubException.Reason.DAMAGED,
            String.format(
                Locale.ROOT,
                "Invalid list of files of %s: it goes on after %d files on %d pages; at most %d"
                    + " files on %d pages are read",
                repo.id(),
                files.size(),
                pages,
                MOST_FILES,
                MOST_PAGES));
      }
    }
    return files;
  }

  private HubFile file(JsonNode entry, HubRepo repo) throws HubException {
    JsonNode lfs = entry.path("lfs");
    boolean large = lfs.isObject();
    try {
      return new HubFile(
          entry.path("path").asText(),
          large ? lfs.path("size").asLong(-1) : entry.path("size").asLong(-1),
          large ? lfs.path("oid").asText() : entry.path("oid").asText());
    } catch (IllegalArgumentException e) {
      throw new HubException(
          HubException.Reason.DAMAGED,
          "Invalid list of files of " + repo.id() + ": " + e.getMessage());
    }
  }

  private Optional<URI> next(URI from, HubResponse response) {
    Matcher link = NEXT.matcher(response.header("Link").orElse(""));
    return link.find() ? Optional.of(from.resolve(link.group(1))) : Optional.empty();
  }

  /**
   * The user of the token.
   *
   * @throws HubException (REFUSED) when the hub does not know the token
   */
  public JsonNode whoami() throws IOException {
    try (HubResponse response = http.send(HubRequest.get(http.url("/api/whoami-v2")))) {
      if (response.status() == 401 || response.status() == 403) {
        throw new HubException(
            HubException.Reason.REFUSED,
            "Invalid token: "
                + settings.endpoint()
                + " does not know "
                + settings.token().map(HubToken::toString).orElse("it")
                + "; make one at "
                + settings.endpoint()
                + "/settings/tokens");
      }
      HubErrors.requireOk(response);
      return response.json();
    }
  }

  public URI url(HubRepo repo, String rest) {
    return http.url(repo.api() + rest);
  }

  /** The URL of a file. */
  public URI url(HubRepo repo, String commit, HubFile file) {
    StringBuilder path = new StringBuilder(repo.page()).append("/resolve/").append(commit);
    for (String part : file.path().split("/", -1)) {
      path.append('/').append(encoded(part));
    }
    return http.url(path.toString());
  }

  public JsonNode json(HubRequest request, HubRepo repo, String revision) throws IOException {
    try (HubResponse response = http.send(request)) {
      HubErrors.requireOk(response, settings, repo, revision);
      return response.json();
    }
  }

  public JsonNode post(URI url, JsonNode content, HubRepo repo) throws IOException {
    byte[] bytes = JSON.writeValueAsBytes(content);
    return json(HubRequest.post(url, "application/json", bytes), repo, HubUri.DEFAULT_REVISION);
  }

  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
