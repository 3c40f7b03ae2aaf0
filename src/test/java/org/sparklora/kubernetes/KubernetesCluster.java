package org.sparklora.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * Kubernetes' own API server with its etcd, each a process, and a stand-in for kubelets that runs
 * pods as processes of this machine. There is no scheduler and no controller: no Job runs, and what
 * a deleted pod owns stays. See {@code src/test/kubernetes}.
 */
public final class KubernetesCluster implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long START_SECONDS = 180;
  private static final String TOKEN = "token-of-the-test";

  private final Path folder;
  private final int port;
  private final HttpClient client;
  private final List<Process> processes;

  /**
   * What the API server answered.
   *
   * @param code of HTTP
   */
  public record Answer(int code, JsonNode body) {}

  private KubernetesCluster(Path folder, int port, HttpClient client, List<Process> processes) {
    this.folder = folder;
    this.port = port;
    this.client = client;
    this.processes = processes;
  }

  /**
   * Starts the API server.
   *
   * @param built what {@code src/test/kubernetes/build} has made
   * @param folder for its files and logs
   */
  public static KubernetesCluster start(Path built, Path folder)
      throws IOException, InterruptedException, GeneralSecurityException {
    Files.createDirectories(folder);
    String servers = built.resolve("servers").toAbsolutePath().toString();
    KeyPairGenerator keys = KeyPairGenerator.getInstance("RSA");
    keys.initialize(2048);
    KeyPair pair = keys.generateKeyPair();
    pem(folder.resolve("sa.key"), "PRIVATE KEY", pair.getPrivate().getEncoded());
    pem(folder.resolve("sa.pub"), "PUBLIC KEY", pair.getPublic().getEncoded());
    Files.writeString(folder.resolve("tokens.csv"), TOKEN + ",admin,1,\"system:masters\"\n");
    String etcd = "http://127.0.0.1:" + freePort();
    String peer = "http://127.0.0.1:" + freePort();
    int port = freePort();
    List<Process> processes = new ArrayList<>();
    processes.add(
        launch(
            folder,
            "etcd",
            servers,
            "etcd",
            "--data-dir=etcd",
            "--unsafe-no-fsync",
            "--listen-client-urls=" + etcd,
            "--advertise-client-urls=" + etcd,
            "--listen-peer-urls=" + peer));
    processes.add(
        launch(
            folder,
            "kube-apiserver",
            servers,
            "kube-apiserver",
            "--etcd-servers=" + etcd,
            "--bind-address=127.0.0.1",
            "--secure-port=" + port,
            "--cert-dir=certs",
            "--service-account-key-file=sa.pub",
            "--service-account-signing-key-file=sa.key",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--token-auth-file=tokens.csv",
            "--authorization-mode=RBAC",
            "--service-cluster-ip-range=10.0.0.0/24",
            "--endpoint-reconciler-type=none"));
    Path certificate = folder.resolve("certs/apiserver.crt");
    long end = System.nanoTime() + START_SECONDS * 1_000_000_000L;
    while (System.nanoTime() < end && processes.get(1).isAlive()) {
      if (Files.exists(certificate)) {
        KubernetesCluster cluster =
            new KubernetesCluster(folder, port, client(certificate), processes);
        if (cluster.isReady()) {
          cluster.writeKubeconfig(certificate);
          cluster.makeWhatControllersMake(certificate);
          return cluster;
        }
      }
      Thread.sleep(200);
    }
    processes.forEach(Process::destroyForcibly);
    throw new IOException("The API server did not start, see " + folder + "/kube-apiserver.log");
  }

  /** Runs the pods of a namespace from now on. */
  public void runPods(Path spark, String namespace) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                spark.resolve("jars") + "/*",
                "src/test/kubernetes/PodAgent.java",
                folder.resolve("pods").toString(),
                namespace)
            .redirectError(folder.resolve("agent.log").toFile());
    builder.environment().put("KUBECONFIG", kubeconfig().toString());
    builder.environment().put("SPARK_HOME", spark.toString());
    builder.environment().put("CUDA_VISIBLE_DEVICES", "0"); // what conf/gpu-discovery finds
    Process agent = builder.start();
    processes.add(0, agent);
    if (agent.inputReader().readLine() == null) {
      throw new IOException("The pods' agent ended, see " + folder + "/agent.log");
    }
  }

  private boolean isReady() throws InterruptedException {
    try {
      return request("GET", "/readyz", "").code() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  /** The file that clients know as KUBECONFIG. */
  public Path kubeconfig() {
    return folder.resolve("kubeconfig").toAbsolutePath();
  }

  /** {@code https://HOST:PORT}. */
  public String url() {
    return "https://127.0.0.1:" + port;
  }

  private void writeKubeconfig(Path certificate) throws IOException {
    Files.writeString(
        kubeconfig(),
        """
        apiVersion: v1
        kind: Config
        clusters: [{name: test, cluster: {server: "%s", certificate-authority: "%s"}}]
        users: [{name: admin, user: {token: %s}}]
        contexts: [{name: test, context: {cluster: test, user: admin, namespace: default}}]
        current-context: test
        """
            .formatted(url(), certificate.toAbsolutePath(), TOKEN));
  }

  /** What every namespace has on a cluster, and pods are refused without. */
  private void makeWhatControllersMake(Path certificate) throws IOException, InterruptedException {
    create("{apiVersion: v1, kind: ServiceAccount, metadata: {name: default}}", "");
    create(
        JSON.writeValueAsString(
            Map.of(
                "apiVersion",
                "v1",
                "kind",
                "ConfigMap",
                "metadata",
                Map.of("name", "kube-root-ca.crt"),
                "data",
                Map.of("ca.crt", Files.readString(certificate)))),
        "");
  }

  /**
   * Creates an object in the namespace default. A field that the API server does not know is an
   * error.
   *
   * @param more parameters of the request, such as {@code &dryRun=All}
   */
  public Answer create(String yaml, String more) throws IOException, InterruptedException {
    String version = field("apiVersion", yaml);
    String kind = field("kind", yaml).toLowerCase(Locale.ROOT) + "s";
    String path = (version.contains("/") ? "/apis/" : "/api/") + version;
    boolean everywhere = kind.startsWith("customresource");
    return request(
        "POST",
        path
            + (everywhere ? "/" : "/namespaces/default/")
            + kind
            + "?fieldValidation=Strict"
            + more,
        yaml);
  }

  private static String field(String name, String yaml) {
    Matcher value = Pattern.compile("\\b" + name + "\"?: ?\"?([\\w./-]+)").matcher(yaml);
    if (!value.find()) {
      throw new IllegalArgumentException("No " + name + " in " + yaml);
    }
    return value.group(1);
  }

  /** Asks the API server; a body is YAML or JSON. */
  public Answer request(String method, String path, String body)
      throws IOException, InterruptedException {
    HttpRequest.BodyPublisher publisher =
        body.isEmpty()
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofString(body);
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url() + path))
            .header("Authorization", "Bearer " + TOKEN)
            .header("Content-Type", "application/yaml")
            .method(method, publisher)
            .build();
    HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
    return new Answer(
        answer.statusCode(),
        answer.body().startsWith("{") ? JSON.readTree(answer.body()) : JSON.nullNode());
  }

  private static HttpClient client(Path certificate) throws IOException, GeneralSecurityException {
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    try (InputStream in = Files.newInputStream(certificate)) {
      int count = 0;
      for (Certificate one : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        trusted.setCertificateEntry("api" + count++, one);
      }
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return HttpClient.newBuilder().sslContext(context).build();
  }

  private static Process launch(Path folder, String name, String... command) throws IOException {
    return new ProcessBuilder(command)
        .directory(folder.toFile())
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve(name + ".log").toFile())
        .start();
  }

  private static void pem(Path file, String kind, byte[] key) throws IOException {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key);
    Files.writeString(
        file, "-----BEGIN " + kind + "-----\n" + text + "\n-----END " + kind + "-----\n");
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  @Override
  public void close() {
    for (Process process : processes) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }
}
