package org.sparklora.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.security.alias.CredentialProvider;
import org.apache.hadoop.security.alias.CredentialProviderFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.kubernetes.KubernetesCluster;
import org.sparklora.s3.S3Server;

/**
 * The submit script and the manifests against Kubernetes' own API server; pods are processes of
 * this machine. It is run by {@code mvn verify -Dslow.tests=none -Dit.test=KubernetesIT} where
 * SPARK_LORA_SPARK names a Spark distribution and SPARK_LORA_KUBERNETES what {@code
 * src/test/kubernetes/build} has made.
 */
@Tag("slow")
class KubernetesIT {
  private static final Path OUT = Path.of("target", "docs");
  private static final Path MANIFESTS = Path.of("conf", "kubernetes");
  private static final String ADAPTER = "pytorch_lora_weights.safetensors";
  private static final String PODS = "/api/v1/namespaces/default/pods";
  private static final String RECIPE =
      " --pretrained_model_name_or_path=$PWD/src/quickstart/base-model"
          + " --dataset_name=$PWD/src/quickstart/noto --max_train_samples=12 --resolution=64"
          + " --train_batch_size=1 --num_workers=2 --learning_rate=1e-3 --seed=5"
          + " --max_train_steps=12 --checkpointing_steps=1 ";

  private static final Map<String, String> environment = new HashMap<>();
  private static KubernetesCluster cluster;

  @BeforeAll
  static void startACluster() throws Exception {
    String spark = System.getenv("SPARK_LORA_SPARK");
    String servers = System.getenv("SPARK_LORA_KUBERNETES");
    assumeThat(spark).as("SPARK_LORA_SPARK, a Spark distribution").isNotNull();
    assumeThat(servers).as("SPARK_LORA_KUBERNETES, of src/test/kubernetes/build").isNotNull();
    Path folder = Path.of("target", "kubernetes");
    Shell.delete(folder);
    cluster = KubernetesCluster.start(Path.of(servers), folder);
    create(Files.readString(MANIFESTS.resolve("service-account.yaml")), "");
    cluster.runPods(Path.of(spark), "default");
    environment.put("SPARK_HOME", spark);
    environment.put("KUBECONFIG", cluster.kubeconfig().toString());
    environment.put("MASTER", "k8s://" + cluster.url());
    environment.put("IMAGE", "registry.example.com/spark-lora:test");
    environment.put("OMP_WAIT_POLICY", "passive");
    environment.put("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
  }

  @AfterEach
  void deletePods() throws Exception {
    cluster.request("DELETE", PODS + "?gracePeriodSeconds=0", "");
  }

  @AfterAll
  static void stop() {
    if (cluster != null) {
      cluster.close();
    }
  }

  /** Spark asks for another pod, and the bytes are those of a run in one process. */
  @Test
  void anExecutorsPodIsDeletedInTheMiddle() throws Exception {
    Path out = OUT.resolve("kubernetes");
    Shell.delete(out);
    try (Shell shell = submit("cpu", RECIPE + "--output_dir=$PWD/" + out, "kubernetes.log")) {
      await(shell, out.resolve("checkpoint-2/manifest.json"));
      List<JsonNode> executors = pods("executor");
      assertThat(executors).hasSize(2);
      assertThat(executors)
          .allSatisfy(
              pod -> {
                assertThat(pod.at("/spec/tolerations").toString()).contains("nvidia.com/gpu");
                assertThat(pod.at("/spec/securityContext/runAsNonRoot").asBoolean()).isTrue();
                assertThat(pod.at("/spec/volumes").toString())
                    .contains("\"spark-local-dir-1\",\"emptyDir\":{\"sizeLimit\":\"20Gi\"}");
                assertThat(pod.at("/spec/containers/0/resources/limits/memory").asText())
                    .isIn("2Gi", "2048Mi");
              });
      assertThat(names("services")).anyMatch(name -> name.endsWith("-driver-svc"));
      assertThat(names("configmaps"))
          .anyMatch(name -> name.matches("spark-drv-.*-conf-map"))
          .anyMatch(name -> name.matches("spark-exec-.*-conf-map"))
          .anyMatch(name -> name.endsWith("-driver-podspec-conf-map"));
      String name = executors.get(0).at("/metadata/name").asText();
      assertThat(cluster.request("DELETE", PODS + "/" + name, "").code()).isEqualTo(200);
      assertThat(shell.end()).as(shell.text()).isZero();
      assertThat(shell.text()).contains("exit code: 0");
    }
    JsonNode driver = pods("driver").get(0);
    assertThat(driver.at("/spec/serviceAccountName").asText()).isEqualTo("spark");
    assertThat(driver.at("/status/phase").asText()).isEqualTo("Succeeded");
    assertThat(driverLog(driver)).contains("Lost executor");
    assertThat(Files.readAllBytes(out.resolve(ADAPTER))).isEqualTo(inOneProcess());
  }

  @Test
  void theScriptEndsWithTheExitCodeOfTheDriversPod() throws Exception {
    String missing = RECIPE.replace("base-model", "none") + "--output_dir=$PWD/target/docs/none";
    try (Shell shell = submit("cpu", missing, "kubernetes-data.log")) {
      assertThat(shell.end()).as(shell.text()).isEqualTo(3);
    }
  }

  /** A store's keys lie in a file that a secret of the cluster brings, not in the environment. */
  @Test
  void secretsAreFiles() throws Exception {
    try (S3Server s3 = S3Server.start()) {
      create(secret("store", s3.settings()), "");
      String flags = RECIPE.replace("_steps=12", "_steps=2") + "--output_dir=" + s3.uri("lora");
      try (Shell shell = submit("cpu", flags, "kubernetes-secrets.log", store(s3.settings()))) {
        assertThat(shell.end()).as(shell.text()).isZero();
      }
      FileSystem store = new org.apache.hadoop.fs.Path(s3.uri("")).getFileSystem(s3.hadoop());
      assertThat(store.exists(new org.apache.hadoop.fs.Path(s3.uri("lora/" + ADAPTER)))).isTrue();
    }
    JsonNode container = pods("driver").get(0).at("/spec/containers/0");
    assertThat(container.at("/volumeMounts").toString()).contains("/etc/store");
    assertThat(container.at("/env").toString()).doesNotContain("AWS_");
    assertThat(cluster.request("GET", "/api/v1/namespaces/default/configmaps", "").body() + "")
        .doesNotContain(S3Server.SECRET);
  }

  /** As {@code hadoop credential create fs.s3a.access.key -provider ...} writes it. */
  private static String secret(String name, Map<String, String> settings) throws Exception {
    Path file = Path.of("target", "kubernetes", "keys.jceks").toAbsolutePath();
    Configuration hadoop = new Configuration(false);
    hadoop.set(CredentialProviderFactory.CREDENTIAL_PROVIDER_PATH, "localjceks://file" + file);
    CredentialProvider keys = CredentialProviderFactory.getProviders(hadoop).get(0);
    for (String key : List.of("fs.s3a.access.key", "fs.s3a.secret.key")) {
      keys.createCredentialEntry(key, settings.get(key).toCharArray());
    }
    keys.flush();
    return "{apiVersion: v1, kind: Secret, metadata: {name: "
        + name
        + "}, data: {keys.jceks: "
        + Base64.getEncoder().encodeToString(Files.readAllBytes(file))
        + "}}";
  }

  /** What clusters.md says of secrets, and where the store is. */
  private static String store(Map<String, String> settings) {
    StringBuilder options = new StringBuilder();
    for (String role : List.of("driver", "executor")) {
      options.append(" --conf spark.kubernetes." + role + ".secrets.store=/etc/store");
    }
    options.append(" --conf spark.hadoop.hadoop.security.credential.provider.path=");
    options.append("localjceks://file/etc/store/keys.jceks");
    settings.forEach(
        (key, value) -> {
          if (!key.contains(".key")) {
            options.append(" --conf spark.hadoop." + key + "=" + value);
          }
        });
    return options.toString();
  }

  /** There is no GPU here, so the run cannot go on: the pods' agent says that number 0 is there. */
  @Test
  void gpusAreAskedForAndAWorkerThatHasNoneSaysSo() throws Exception {
    String flags = RECIPE + "--output_dir=$PWD/target/docs/kubernetes-gpu";
    try (Shell shell = submit("gpu", flags, "kubernetes-gpu.log")) {
      while (pods("executor").isEmpty()) {
        assertThat(shell.process().isAlive()).as(shell.text()).isTrue();
        Thread.sleep(50);
      }
      JsonNode limits = pods("executor").get(0).at("/spec/containers/0/resources/limits");
      assertThat(limits.at("/nvidia.com~1gpu").asText()).isEqualTo("1");
      assertThat(shell.end()).as(shell.text()).isEqualTo(4);
    }
    assertThat(driverLog(pods("driver").get(0)))
        .contains(
            "error: Missing CUDA: Spark gives this worker GPU 0, but its libtorch is for CPUs");
  }

  /** The API server refuses a field that it does not know. */
  @ParameterizedTest
  @ValueSource(strings = {"service-account.yaml", "job.yaml", "spark-application.yaml"})
  void manifestsAreWhatTheApiServerKnows(String file) throws Exception {
    if (file.startsWith("spark-application")) {
      String schema = "sparkoperator.k8s.io_sparkapplications.yaml";
      Path built = Path.of(System.getenv("SPARK_LORA_KUBERNETES"));
      create(Files.readString(built.resolve(schema)), "");
      awaitKind("/apis/sparkoperator.k8s.io/v1beta2/namespaces/default/sparkapplications");
    }
    String text = Files.readString(MANIFESTS.resolve(file));
    create(text, "&dryRun=All");
    String misspelt = text.replaceFirst("(?s)(.*)\n(spec|roleRef):", "$1\nspek: {}\n$2:");
    if (!misspelt.equals(text)) {
      assertThat(last(misspelt).body().toString()).contains("unknown field \\\"spek\\\"");
    }
  }

  private static KubernetesCluster.Answer last(String documents) throws Exception {
    String[] all = documents.split("(?m)^---\n", -1);
    return cluster.create(all[all.length - 1], "&dryRun=All");
  }

  private static void create(String documents, String more) throws Exception {
    for (String document : documents.split("(?m)^---\n", -1)) {
      if (!document.isBlank()) {
        KubernetesCluster.Answer answer = cluster.create(document, more);
        // What is there already has been accepted before.
        assertThat(answer.code()).as("%s", answer.body()).isIn(201, 409);
      }
    }
  }

  private static void awaitKind(String path) throws Exception {
    while (cluster.request("GET", path, "").code() != 200) {
      Thread.sleep(50);
    }
  }

  private static Shell submit(String device, String application, String log) throws IOException {
    return submit(device, application, log, "");
  }

  private static Shell submit(String device, String application, String log, String options)
      throws IOException {
    String mounted = "spark.kubernetes.authenticate.driver.mounted";
    String secrets = "/var/run/secrets/kubernetes.io/serviceaccount";
    String script =
        "jobs/submit-kubernetes --conf spark.executor.instances=2 --executor-cores "
            + (device.equals("gpu") ? "4" : "1")
            + " --executor-memory 1g --driver-memory 1g --conf spark.executor.memoryOverhead=1g"
            + " --conf spark.kubernetes.executor.podTemplateFile=$PWD/conf/kubernetes/"
            + "executor-template.yaml"
            // There is no DNS: the address of kubernetes.default.svc, and the paths beneath which
            // Spark looks by itself, said so that the pods' agent can replace them.
            + " --conf spark.kubernetes.driver.master="
            + cluster.url()
            + (" --conf " + mounted + ".oauthTokenFile=" + secrets + "/token")
            + (" --conf " + mounted + ".caCertFile=" + secrets + "/ca.crt")
            + " --conf spark.kubernetes.report.interval=2s"
            + options
            + " -- "
            + application;
    Map<String, String> all = new HashMap<>(environment);
    all.put("DEVICE", device);
    return Shell.start(script, OUT.resolve(log), all);
  }

  private static byte[] inOneProcess() throws Exception {
    Path out = OUT.resolve("kubernetes-one");
    Shell.delete(out);
    Map<String, String> here = Map.of("MASTER", "local[1]", "OMP_WAIT_POLICY", "passive");
    Shell shell =
        Shell.start(
            "jobs/submit-local " + RECIPE + "--output_dir=" + out,
            OUT.resolve("kubernetes-one.log"),
            here);
    assertThat(shell.end()).as(shell.text()).isZero();
    return Files.readAllBytes(out.resolve(ADAPTER));
  }

  private static List<JsonNode> pods(String role) throws Exception {
    List<JsonNode> pods = new ArrayList<>();
    cluster
        .request("GET", PODS + "?labelSelector=spark-role%3D" + role, "")
        .body()
        .at("/items")
        .forEach(pods::add);
    return pods;
  }

  private static List<String> names(String kind) throws Exception {
    List<String> names = new ArrayList<>();
    cluster
        .request("GET", "/api/v1/namespaces/default/" + kind, "")
        .body()
        .at("/items")
        .forEach(item -> names.add(item.at("/metadata/name").asText()));
    return names;
  }

  private static String driverLog(JsonNode pod) throws IOException {
    String name = pod.at("/metadata/name").asText();
    return Files.readString(Path.of("target", "kubernetes", "pods", name, "log"));
  }

  private static void await(Shell shell, Path file) throws Exception {
    while (!Files.exists(file)) {
      assertThat(shell.process().isAlive()).as(shell.text()).isTrue();
      Thread.sleep(50);
    }
  }
}
