package org.sparklora.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.sparklora.hub.ServedRepo.Content;

/**
 * A hub in this JVM, in memory, over real HTTP: it answers as the public one does what Python's
 * huggingface_hub asks of it ({@code HubPythonTest} holds it to that). Large files are at a second
 * address, which takes signed URLs and refuses whoever brings a token.
 */
public final class HubServer implements AutoCloseable {
  /** May write; of user alice, who is in the organization lab. */
  public static final String TOKEN = "hf_tokenOfAliceForTests";

  /** May only read. */
  public static final String READ_TOKEN = "hf_tokenThatOnlyReads";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SIGNATURE = "X-Signature=s3cr3t";
  private static final Pattern API =
      Pattern.compile(
          "/api/(?<kind>models|datasets)/(?<id>[^/]+/[^/]+)(?:/(?<call>[a-z]+)/(?<rev>[^/]+))?");
  private static final Pattern RESOLVE =
      Pattern.compile("/(?<data>datasets/)?(?<id>[^/]+/[^/]+)/resolve/(?<rev>[^/]+)/(?<path>.+)");
  private static final Pattern LFS =
      Pattern.compile("/(?<id>[^/]+/[^/]+)\\.git/info/lfs/(?<call>.+)");
  private static final Pattern BINARY =
      Pattern.compile(".*\\.(safetensors|bin|parquet|png|pt|ckpt)");

  static {
    // The JDK's server would else hold the end of an answer back for 40 ms.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  /** Of the request that a thread answers; an exchange's attributes are shared by all. */
  private static final ThreadLocal<Optional<ServerFaults.Fault>> FAULT =
      ThreadLocal.withInitial(Optional::empty);

  private final HttpServer hub;
  private final HttpServer storage;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Map<String, ServedRepo> repos = new ConcurrentHashMap<>();
  private final Map<String, byte[]> large = new ConcurrentHashMap<>();
  private final Map<String, byte[]> parts = new ConcurrentHashMap<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final ServerFaults faults = new ServerFaults();

  /** Larger files are uploaded in parts of so many bytes. */
  private int partBytes = 1 << 20;

  private volatile int pageSize = 5;

  private HubServer() throws IOException {
    InetAddress here = InetAddress.getLoopbackAddress();
    hub = HttpServer.create(new InetSocketAddress(here, 0), 0);
    storage = HttpServer.create(new InetSocketAddress(here, 0), 0);
    hub.createContext("/", exchange -> handle(exchange, this::answer));
    storage.createContext("/", exchange -> handle(exchange, this::store));
    for (HttpServer server : List.of(hub, storage)) {
      server.setExecutor(threads);
      server.start();
    }
  }

  public static HubServer start() throws IOException {
    return new HubServer();
  }

  /** {@code HF_ENDPOINT}. */
  public String endpoint() {
    return "http://127.0.0.1:" + hub.getAddress().getPort();
  }

  private String storageUrl(String path) {
    return "http://localhost:" + storage.getAddress().getPort() + path + "?" + SIGNATURE;
  }

  /** As a SparkConf takes them up. */
  public void asSystemProperties(Path cache) {
    System.setProperty("spark.hadoop." + HubSettings.ENDPOINT, endpoint());
    System.setProperty("spark.hadoop." + HubSettings.CACHE_DIR, cache.toString());
    System.setProperty("spark.hadoop." + HubSettings.RETRY_MILLIS, "1");
  }

  public static void clearSystemProperties() {
    for (String key :
        List.of(HubSettings.ENDPOINT, HubSettings.CACHE_DIR, HubSettings.RETRY_MILLIS)) {
      System.clearProperty("spark.hadoop." + key);
    }
  }

  /** How many files a page of a list has; with none there is always a next page. */
  void pages(int files) {
    pageSize = files;
  }

  /** The next commits fail. */
  public void failCommits(int times) {
    faults.answer("/commit/", 503, times);
  }

  /** The files of a model's newest commit. */
  public Map<String, byte[]> published(String id) {
    Map<String, byte[]> files = new TreeMap<>();
    repo(id).files(repo(id).head()).forEach((name, content) -> files.put(name, content.bytes()));
    return files;
  }

  public ServerFaults faults() {
    return faults;
  }

  public void partBytes(int bytes) {
    partBytes = bytes;
  }

  /** "METHOD path", and " +token" where the request brought one. */
  public List<String> requests() {
    return requests;
  }

  public ServedRepo repo(String id) {
    return repos.get("models/" + id);
  }

  public ServedRepo create(String kindAndId, boolean isPrivate) {
    return repos.computeIfAbsent(kindAndId, id -> new ServedRepo(id, isPrivate));
  }

  /** Serves a folder of this machine; returns the commit. */
  public String serve(String kindAndId, Path folder) throws IOException {
    Map<String, Content> files = new TreeMap<>();
    try (Stream<Path> walk = Files.walk(folder)) {
      for (Path file : (Iterable<Path>) walk.filter(Files::isRegularFile)::iterator) {
        String name = folder.relativize(file).toString();
        files.put(name, content(name, Files.readAllBytes(file)));
      }
    }
    return create(kindAndId, false).add("upload", files);
  }

  Content content(String name, byte[] bytes) {
    boolean isLarge = BINARY.matcher(name).matches();
    Content content = new Content(bytes, isLarge);
    if (isLarge) {
      large.put(content.sha256(), bytes);
    }
    return content;
  }

  @Override
  public void close() {
    hub.stop(0);
    storage.stop(0);
    threads.shutdownNow();
  }

  /** An answer that is no success, with the headers the hub gives. */
  private static final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final int status;
    private final String code;

    Refusal(int status, String code, String message) {
      super(message);
      this.status = status;
      this.code = code;
    }
  }

  private interface Handler {
    void handle(HttpExchange exchange) throws IOException;
  }

  private void handle(HttpExchange exchange, Handler handler) throws IOException {
    String request = exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
    boolean token = exchange.getRequestHeaders().containsKey("Authorization");
    String range = exchange.getRequestHeaders().getFirst("Range");
    requests.add(request + (token ? " +token" : "") + (range == null ? "" : " " + range));
    try {
      FAULT.set(faults.next(request));
      int status = FAULT.get().map(ServerFaults.Fault::status).orElse(0);
      if (status > 0) {
        exchange.getRequestBody().readAllBytes();
        FAULT
            .get()
            .flatMap(ServerFaults.Fault::retryAfter)
            .ifPresent(seconds -> exchange.getResponseHeaders().set("Retry-After", seconds));
        send(exchange, status, "{\"error\":\"injected\"}".getBytes(StandardCharsets.UTF_8));
      } else {
        handler.handle(exchange);
      }
    } catch (Refusal e) {
      exchange.getResponseHeaders().set("X-Error-Code", e.code);
      exchange.getResponseHeaders().set("X-Error-Message", e.getMessage());
      send(exchange, e.status, JSON.writeValueAsBytes(Map.of("error", e.getMessage())));
    } finally {
      exchange.close();
    }
  }

  private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
    Optional<ServerFaults.Fault> fault = FAULT.get();
    if (fault.isPresent() && fault.get().status() < 0) {
      return;
    }
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", String.valueOf(body.length));
      exchange.sendResponseHeaders(status, -1);
      return;
    }
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    boolean cut = fault.isPresent() && fault.get().status() == 0;
    int bytes = cut ? (int) Math.min(body.length, fault.get().bytes()) : body.length;
    exchange.getResponseBody().write(body, 0, bytes);
    exchange.getResponseBody().flush();
    if (!cut && body.length > 0) {
      exchange.getResponseBody().close();
    }
  }

  private static void json(HttpExchange exchange, Object body) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    send(exchange, 200, JSON.writeValueAsBytes(body));
  }

  private static JsonNode body(HttpExchange exchange) throws IOException {
    return JSON.readTree(exchange.getRequestBody().readAllBytes());
  }

  private static String token(HttpExchange exchange) {
    String header = exchange.getRequestHeaders().getFirst("Authorization");
    return header == null ? "" : header.replaceFirst("^Bearer ", "");
  }

  private static void requireWriter(HttpExchange exchange) {
    if (!token(exchange).equals(TOKEN)) {
      throw new Refusal(token(exchange).isEmpty() ? 401 : 403, "", "You need a token that writes");
    }
  }

  private ServedRepo readable(HttpExchange exchange, String kind, String id) {
    ServedRepo repo = repos.get(kind + "/" + id);
    boolean known = List.of(TOKEN, READ_TOKEN).contains(token(exchange));
    if (repo == null || (repo.isPrivate && !known)) {
      throw new Refusal(known ? 404 : 401, "RepoNotFound", "Repository not found");
    }
    return repo;
  }

  private static String commit(ServedRepo repo, String revision) {
    String commit = repo.commit(revision);
    if (commit == null) {
      throw new Refusal(404, "RevisionNotFound", "Invalid rev id: " + revision);
    }
    return commit;
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    Matcher lfs = LFS.matcher(path);
    Matcher api = API.matcher(path);
    Matcher resolve = RESOLVE.matcher(path);
    switch (path) {
      case "/api/whoami-v2" -> whoami(exchange);
      case "/api/repos/create" -> createRepo(exchange);
      case "/api/validate-yaml" -> validate(exchange);
      default -> {
        if (lfs.matches()) {
          lfs(exchange, lfs.group("id"), lfs.group("call"));
        } else if (api.matches()) {
          api(exchange, api);
        } else if (resolve.matches()) {
          String kind = resolve.group("data") == null ? "models" : "datasets";
          resolve(exchange, readable(exchange, kind, resolve.group("id")), resolve);
        } else {
          throw new Refusal(404, "", "Sorry, there is nothing at " + path);
        }
      }
    }
  }

  private void whoami(HttpExchange exchange) throws IOException {
    boolean writes = token(exchange).equals(TOKEN);
    if (!writes && !token(exchange).equals(READ_TOKEN)) {
      throw new Refusal(401, "", "Invalid credentials in Authorization header");
    }
    Map<String, Object> access = Map.of("displayName", "t", "role", writes ? "write" : "read");
    json(
        exchange,
        Map.of(
            "type",
            "user",
            "name",
            "alice",
            "orgs",
            List.of(Map.of("type", "org", "name", "lab")),
            "auth",
            Map.of("type", "access_token", "accessToken", access)));
  }

  private void createRepo(HttpExchange exchange) throws IOException {
    JsonNode asked = body(exchange);
    requireWriter(exchange);
    String organization = asked.path("organization").asText("alice");
    if (!List.of("alice", "lab").contains(organization)) {
      throw new Refusal(403, "", "You don't have the rights to create there");
    }
    String id = organization + "/" + asked.path("name").asText();
    String kind = asked.path("type").asText("model") + "s";
    if (repos.containsKey(kind + "/" + id)) {
      send(
          exchange,
          409,
          JSON.writeValueAsBytes(
              Map.of("error", "You already created this repo", "url", endpoint() + "/" + id)));
      return;
    }
    create(kind + "/" + id, asked.path("visibility").asText().equals("private"));
    json(exchange, Map.of("url", endpoint() + "/" + id, "name", id, "id", "0"));
  }

  /** The rule of the real one that matters here: a base model is one of the hub. */
  private void validate(HttpExchange exchange) throws IOException {
    ObjectNode answer = JSON.createObjectNode();
    ArrayNode errors = answer.putArray("errors");
    answer.putArray("warnings");
    String card = body(exchange).path("content").asText();
    Matcher base = Pattern.compile("(?m)^base_model: \"?([^\"\n]+)\"?$").matcher(card);
    if (base.find() && !HubRepo.isId(base.group(1))) {
      errors.addObject().put("message", "\"base_model\" is not a model id");
    }
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    send(exchange, errors.isEmpty() ? 200 : 400, JSON.writeValueAsBytes(answer));
  }

  private void api(HttpExchange exchange, Matcher api) throws IOException {
    ServedRepo repo = readable(exchange, api.group("kind"), api.group("id"));
    String call = api.group("call") == null ? "revision" : api.group("call");
    String revision = api.group("rev") == null ? "main" : api.group("rev");
    String commit = commit(repo, URLDecoder.decode(revision, StandardCharsets.UTF_8));
    switch (call) {
      case "revision" -> info(exchange, repo, api.group("id"), commit);
      case "tree" -> tree(exchange, repo.files(commit));
      case "preupload" -> preupload(exchange, repo.files(commit));
      case "commit" -> commit(exchange, repo, api.group("id"));
      default -> throw new Refusal(404, "", "No such call");
    }
  }

  private void info(HttpExchange exchange, ServedRepo repo, String id, String commit)
      throws IOException {
    ObjectNode info = JSON.createObjectNode();
    info.put("id", id).put("modelId", id).put("sha", commit).put("private", repo.isPrivate);
    info.put("gated", repo.gated).put("downloads", 0).put("likes", 0);
    info.putArray("tags");
    ArrayNode siblings = info.putArray("siblings");
    repo.files(commit).keySet().forEach(name -> siblings.addObject().put("rfilename", name));
    json(exchange, info);
  }

  private void tree(HttpExchange exchange, NavigableMap<String, Content> files) throws IOException {
    String query = String.valueOf(exchange.getRequestURI().getQuery());
    Matcher cursor = Pattern.compile("cursor=(\\d+)").matcher(query);
    int from = cursor.find() ? Integer.parseInt(cursor.group(1)) : 0;
    ArrayNode page = JSON.createArrayNode();
    List<String> names = new ArrayList<>(files.keySet());
    names
        .subList(from, Math.min(from + pageSize, names.size()))
        .forEach(
            name -> {
              Content content = files.get(name);
              ObjectNode entry = page.addObject().put("type", "file").put("path", name);
              entry.put("size", content.bytes().length);
              entry.put("oid", content.blobId());
              if (content.large()) {
                entry
                    .putObject("lfs")
                    .put("oid", content.sha256())
                    .put("size", content.bytes().length)
                    .put("pointerSize", 130);
              }
            });
    if (from + pageSize < names.size()) {
      String next = endpoint() + exchange.getRequestURI().getPath();
      exchange
          .getResponseHeaders()
          .set(
              "Link",
              "<" + next + "?recursive=true&cursor=" + (from + pageSize) + ">; rel=\"next\"");
    }
    json(exchange, page);
  }

  private void resolve(HttpExchange exchange, ServedRepo repo, Matcher resolve) throws IOException {
    String commit = commit(repo, resolve.group("rev"));
    exchange.getResponseHeaders().set("X-Repo-Commit", commit);
    if (repo.gated && !token(exchange).equals(TOKEN)) {
      throw new Refusal(
          token(exchange).isEmpty() ? 401 : 403, "GatedRepo", "Access to this model is restricted");
    }
    Content content = repo.files(commit).get(resolve.group("path"));
    if (content == null) {
      throw new Refusal(404, "EntryNotFound", "Entry not found");
    }
    if (content.large()) {
      exchange.getResponseHeaders().set("X-Linked-Etag", '"' + content.sha256() + '"');
      exchange.getResponseHeaders().set("X-Linked-Size", String.valueOf(content.bytes().length));
      exchange.getResponseHeaders().set("Location", storageUrl("/get/" + content.sha256()));
      send(exchange, 302, new byte[0]);
    } else {
      exchange.getResponseHeaders().set("ETag", '"' + content.blobId() + '"');
      ranged(exchange, content.bytes());
    }
  }

  private static void ranged(HttpExchange exchange, byte[] bytes) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    if (range == null) {
      send(exchange, 200, bytes);
      return;
    }
    int from = Integer.parseInt(range.replaceFirst("bytes=(\\d+)-.*", "$1"));
    if (from >= bytes.length) {
      send(exchange, 416, new byte[0]);
      return;
    }
    exchange
        .getResponseHeaders()
        .set("Content-Range", "bytes " + from + "-" + (bytes.length - 1) + "/" + bytes.length);
    send(exchange, 206, Arrays.copyOfRange(bytes, from, bytes.length));
  }

  private void preupload(HttpExchange exchange, NavigableMap<String, Content> files)
      throws IOException {
    requireWriter(exchange);
    ObjectNode answer = JSON.createObjectNode();
    ArrayNode told = answer.putArray("files");
    for (JsonNode file : body(exchange).path("files")) {
      String name = file.path("path").asText();
      byte[] sample = Base64.getDecoder().decode(file.path("sample").asText());
      boolean isLarge =
          BINARY.matcher(name).matches()
              || new String(sample, StandardCharsets.UTF_8).indexOf('\0') >= 0;
      ObjectNode one = told.addObject().put("path", name);
      one.put("uploadMode", isLarge ? "lfs" : "regular").put("shouldIgnore", false);
      if (files.containsKey(name)) {
        one.put("oid", files.get(name).etag());
      }
    }
    json(exchange, answer);
  }

  /** All of it or nothing. */
  private void commit(HttpExchange exchange, ServedRepo repo, String id) throws IOException {
    String lines = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    requireWriter(exchange);
    Map<String, Content> files = new TreeMap<>();
    String summary = "";
    for (String line : lines.lines().toList()) {
      JsonNode value = JSON.readTree(line).path("value");
      String path = value.path("path").asText();
      switch (JSON.readTree(line).path("key").asText()) {
        case "header" -> {
          summary = value.path("summary").asText();
          String parent = value.path("parentCommit").asText(repo.head());
          if (!parent.equals(repo.head())) {
            throw new Refusal(412, "", "A commit has happened since");
          }
        }
        case "file" ->
            files.put(
                path,
                new Content(Base64.getDecoder().decode(value.path("content").asText()), false));
        case "lfsFile" -> {
          byte[] bytes = large.get(value.path("oid").asText());
          if (bytes == null || bytes.length != value.path("size").asLong(bytes.length)) {
            throw new Refusal(400, "", "LFS pointer points to a file that does not exist");
          }
          files.put(path, new Content(bytes, true));
        }
        default -> throw new Refusal(400, "", "Unknown line " + line);
      }
    }
    String commit = repo.add(summary, files);
    json(
        exchange,
        Map.of(
            "success",
            true,
            "commitOid",
            commit,
            "commitUrl",
            endpoint() + "/" + id + "/commit/" + commit));
  }

  private void lfs(HttpExchange exchange, String id, String call) throws IOException {
    JsonNode asked = body(exchange);
    if (call.startsWith("complete/")) {
      complete(exchange, asked, call.substring("complete/".length()));
      return;
    }
    requireWriter(exchange);
    readable(exchange, "models", id);
    if (call.equals("verify")) {
      byte[] bytes = large.get(asked.path("oid").asText());
      if (bytes == null || bytes.length != asked.path("size").asLong()) {
        throw new Refusal(404, "", "Object not found");
      }
      json(exchange, Map.of());
      return;
    }
    ObjectNode answer = JSON.createObjectNode().put("transfer", "basic");
    ArrayNode objects = answer.putArray("objects");
    for (JsonNode object : asked.path("objects")) {
      String oid = object.path("oid").asText();
      long size = object.path("size").asLong();
      ObjectNode one = objects.addObject().put("oid", oid).put("size", size);
      if (!large.containsKey(oid)) {
        ObjectNode actions = one.putObject("actions");
        String lfs = endpoint() + "/" + id + ".git/info/lfs/";
        upload(actions.putObject("upload"), lfs, oid, size);
        actions.putObject("verify").put("href", lfs + "verify");
      }
    }
    exchange.getResponseHeaders().set("Content-Type", "application/vnd.git-lfs+json");
    send(exchange, 200, JSON.writeValueAsBytes(answer));
  }

  private void upload(ObjectNode action, String lfs, String oid, long size) {
    if (size <= partBytes) {
      action.put("href", storageUrl("/put/" + oid));
      return;
    }
    action.put("href", lfs + "complete/" + oid);
    ObjectNode header = action.putObject("header").put("chunk_size", String.valueOf(partBytes));
    for (int part = 1; (part - 1L) * partBytes < size; part++) {
      header.put(String.valueOf(part), storageUrl("/part/" + oid + "/" + part));
    }
  }

  private void complete(HttpExchange exchange, JsonNode asked, String oid) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (JsonNode part : asked.path("parts")) {
      byte[] bytes = parts.get(oid + "/" + part.path("partNumber").asInt());
      if (bytes == null || !part.path("etag").asText().equals(etag(bytes))) {
        throw new Refusal(400, "", "InvalidPart");
      }
      all.write(bytes);
    }
    keep(oid, all.toByteArray());
    json(exchange, Map.of());
  }

  private void keep(String oid, byte[] bytes) {
    if (!ServedRepo.hex("SHA-256", bytes).equals(oid)) {
      throw new Refusal(400, "", "The content is not what its name says");
    }
    large.put(oid, bytes);
  }

  private static String etag(byte[] bytes) {
    return '"' + ServedRepo.hex("MD5", bytes) + '"';
  }

  /** The second address: signed URLs, no tokens, and lengths that are told beforehand. */
  private void store(HttpExchange exchange) throws IOException {
    URI url = exchange.getRequestURI();
    if (exchange.getRequestHeaders().containsKey("Authorization")) {
      throw new Refusal(400, "", "Only one auth mechanism allowed");
    }
    if (!SIGNATURE.equals(url.getQuery())) {
      throw new Refusal(403, "", "Request has no signature");
    }
    String name = url.getPath().replaceFirst("^/[a-z]+/", "");
    if (url.getPath().startsWith("/get/")) {
      exchange.getResponseHeaders().set("ETag", "\"an etag of the storage's own\"");
      ranged(exchange, large.get(name));
      return;
    }
    if (exchange.getRequestHeaders().getFirst("Content-Length") == null) {
      throw new Refusal(411, "", "MissingContentLength");
    }
    byte[] bytes = exchange.getRequestBody().readAllBytes();
    if (url.getPath().startsWith("/put/")) {
      keep(name, bytes);
    } else {
      parts.put(name, bytes);
      exchange.getResponseHeaders().set("ETag", etag(bytes));
    }
    send(exchange, 200, new byte[0]);
  }

  /** Another content under the same name and checksum, as of a broken disk. */
  void damage(String sha256) {
    byte[] bytes = large.get(sha256).clone();
    bytes[bytes.length / 2] ^= 1;
    large.put(sha256, bytes);
  }
}
