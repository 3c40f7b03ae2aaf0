package org.sparklora.hub;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.store.RegularFile;

/**
 * The hub's address and cache. They come from huggingface_hub's environment variables. Hadoop
 * settings win over these, so that executors use the driver's values. A token is never passed as a
 * setting; each process reads its own.
 *
 * @param endpoint {@code HF_ENDPOINT}
 * @param cache {@code --cache_dir}, {@code HF_HUB_CACHE}, or {@code hub} in {@code HF_HOME}
 * @param offline {@code HF_HUB_OFFLINE}: whether the hub is never contacted
 * @param token {@code HF_TOKEN}, or else the token file
 * @param firstDelay before the first repetition of a failed request
 */
public record HubSettings(
    URI endpoint, Path cache, boolean offline, Optional<HubToken> token, Duration firstDelay) {
  /** {@code HF_ENDPOINT}. */
  public static final String ENDPOINT = "sparklora.hub.endpoint";

  /** {@code --cache_dir}. */
  public static final String CACHE_DIR = "sparklora.hub.cache.dir";

  /** {@code HF_HUB_OFFLINE}. */
  public static final String OFFLINE = "sparklora.hub.offline";

  /** Milliseconds before a failed request is first repeated. */
  public static final String RETRY_MILLIS = "sparklora.hub.retry.millis";

  private static final long MOST_TOKEN_BYTES = 1 << 16;
  private static final String FILE_SYSTEM = "fs.hf.impl";
  private static final String DEFAULT_ENDPOINT = "https://huggingface.co";
  private static final Set<String> TRUE = Set.of("1", "on", "yes", "true");

  /**
   * Reads the settings.
   *
   * @throws IllegalArgumentException for an endpoint that is not a URL
   */
  public static HubSettings of(Map<String, String> environment, Configuration hadoop) {
    URI endpoint =
        endpoint(
            hadoop.getTrimmed(ENDPOINT, environment.getOrDefault("HF_ENDPOINT", DEFAULT_ENDPOINT)));
    Path home = home(environment);
    Path cache =
        first(
                hadoop.getTrimmed(CACHE_DIR),
                environment.get("HF_HUB_CACHE"),
                environment.get("HUGGINGFACE_HUB_CACHE"))
            .map(HubSettings::path)
            .orElseGet(() -> home.resolve("hub"));
    String offline =
        first(
                hadoop.getTrimmed(OFFLINE),
                environment.get("HF_HUB_OFFLINE"),
                environment.get("TRANSFORMERS_OFFLINE"))
            .orElse("");
    return new HubSettings(
        endpoint,
        cache.toAbsolutePath().normalize(),
        TRUE.contains(offline.toLowerCase(Locale.ROOT)),
        token(environment, home),
        Duration.ofMillis(hadoop.getLong(RETRY_MILLIS, 1000)));
  }

  /**
   * The Hadoop settings for this process's executors: the file system, and the values that do not
   * belong to each machine.
   */
  public static Map<String, String> shared(
      Map<String, String> environment, Optional<String> cacheDir) {
    Map<String, String> shared = new LinkedHashMap<>();
    shared.put(FILE_SYSTEM, HubFileSystem.class.getName());
    shared.put(FILE_SYSTEM + ".disable.cache", "true");
    first(environment.get("HF_ENDPOINT")).ifPresent(url -> shared.put(ENDPOINT, url));
    first(environment.get("HF_HUB_OFFLINE"), environment.get("TRANSFORMERS_OFFLINE"))
        .ifPresent(value -> shared.put(OFFLINE, value));
    cacheDir.ifPresent(
        folder -> shared.put(CACHE_DIR, path(folder).toAbsolutePath().normalize().toString()));
    return shared;
  }

  /** The same with another token, such as a flag's. */
  public HubSettings with(Optional<HubToken> other) {
    return new HubSettings(endpoint, cache, offline, other.or(() -> token), firstDelay);
  }

  /** The address of a repository's page. */
  public String page(HubRepo repo) {
    return endpoint + repo.page();
  }

  private static URI endpoint(String text) {
    try {
      URI url = URI.create(text.replaceFirst("/+$", ""));
      boolean http = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
      if (http && url.getHost() != null && url.getRawUserInfo() == null) {
        return url;
      }
    } catch (IllegalArgumentException e) {
      // This is reported with the other problems.
    }
    throw new IllegalArgumentException(
        "Invalid HF_ENDPOINT: it is no URL such as " + DEFAULT_ENDPOINT + " without a password");
  }

  private static Path home(Map<String, String> environment) {
    return first(environment.get("HF_HOME"))
        .map(HubSettings::path)
        .orElseGet(
            () ->
                first(environment.get("XDG_CACHE_HOME"))
                    .map(HubSettings::path)
                    .orElseGet(() -> path("~/.cache"))
                    .resolve("huggingface"));
  }

  private static Optional<HubToken> token(Map<String, String> environment, Path home) {
    for (String variable : new String[] {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
      Optional<String> value = first(environment.get(variable));
      if (value.isPresent()) {
        return Optional.of(new HubToken(value.get(), variable));
      }
    }
    Path file =
        first(environment.get("HF_TOKEN_PATH"))
            .map(HubSettings::path)
            .orElseGet(() -> home.resolve("token"));
    try {
      return first(new String(RegularFile.read(file, MOST_TOKEN_BYTES), StandardCharsets.UTF_8))
          .map(text -> new HubToken(text, file.toString()));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Path path(String text) {
    return text.startsWith("~/")
        ? Path.of(System.getProperty("user.home")).resolve(text.substring(2))
        : Path.of(text);
  }

  /** The first value that is not empty. */
  private static Optional<String> first(String... values) {
    return Stream.of(values)
        .filter(value -> value != null && !value.isBlank())
        .map(String::strip)
        .findFirst();
  }
}
