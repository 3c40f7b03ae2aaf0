import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeProjection;
import io.fabric8.kubernetes.api.model.authentication.TokenRequest;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Stands in for the kubelets of a cluster: each pod of a namespace is a process of this machine.
 *
 * <pre>
 *   KUBECONFIG=FILE SPARK_HOME=FOLDER java -cp JARS PodAgent.java FOLDER NAMESPACE
 * </pre>
 *
 * <p>No image is pulled. The paths of docker/Dockerfile.cpu and of a pod's volumes are replaced by
 * those of folders here wherever they are named: in arguments, in the environment, in the files of
 * config maps. The entry point is that of the images. All pods have one address. It ends with its
 * input.
 */
public final class PodAgent {
  private static final String ADDRESS = "127.0.0.1";
  private static final long GRACE_SECONDS = 20;

  private final KubernetesClient client;
  private final Path folder;
  private final Path image;
  private final String namespace;
  private final Map<String, Process> processes = new ConcurrentHashMap<>();

  private PodAgent(KubernetesClient client, Path folder, String namespace) throws IOException {
    this.client = client;
    this.folder = folder;
    this.image = image(Files.createDirectories(folder).resolveSibling("image"));
    this.namespace = namespace;
  }

  public static void main(String[] args) throws IOException {
    Config config = Config.fromKubeconfig(Files.readString(Path.of(System.getenv("KUBECONFIG"))));
    KubernetesClient client = new KubernetesClientBuilder().withConfig(config).build();
    PodAgent agent = new PodAgent(client, Path.of(args[0]).toAbsolutePath(), args[1]);
    client.pods().inNamespace(args[1]).watch(agent.new Pods());
    System.out.println("ready");
    while (System.in.read() >= 0) {}
    agent.processes.values().forEach(Process::destroyForcibly);
    System.exit(0);
  }

  /** What docker/Dockerfile.cpu copies, as links: the distribution, then what that lacks. */
  private static Path image(Path image) throws IOException {
    Path distribution = Path.of(System.getenv("SPARK_HOME"));
    Path jars = Files.createDirectories(image.resolve("spark/jars"));
    Path own = Files.createDirectories(image.resolve("spark-lora"));
    for (Path from : List.of(distribution.resolve("jars"), Path.of("target/spark/jars"))) {
      try (Stream<Path> files = Files.list(from)) {
        Set<String> there = artifacts(jars);
        for (Path jar : files.toList()) {
          if (!there.contains(artifact(jar))) {
            link(jars.resolve(jar.getFileName()), jar);
          }
        }
      }
    }
    link(image.resolve("spark/bin"), distribution.resolve("bin"));
    link(own.resolve("spark-lora.jar"), Path.of("target/spark-lora.jar"));
    link(own.resolve("conf"), Path.of("conf"));
    return image;
  }

  private static Set<String> artifacts(Path jars) throws IOException {
    try (Stream<Path> files = Files.list(jars)) {
      return files.map(PodAgent::artifact).collect(Collectors.toSet());
    }
  }

  private static String artifact(Path jar) {
    return jar.getFileName().toString().replaceAll("-[0-9].*", "");
  }

  private static void link(Path link, Path target) throws IOException {
    if (!Files.exists(link)) {
      Files.createSymbolicLink(link, target.toAbsolutePath());
    }
  }

  private final class Pods implements Watcher<Pod> {
    @Override
    public void eventReceived(Action action, Pod pod) {
      String name = pod.getMetadata().getName();
      boolean leaves = pod.getMetadata().getDeletionTimestamp() != null || action == Action.DELETED;
      if (leaves) {
        new Thread(() -> end(pod)).start();
      } else if (action == Action.ADDED && "Pending".equals(pod.getStatus().getPhase())) {
        new Thread(() -> run(pod), name).start();
      }
    }

    @Override
    public void onClose(WatcherException cause) {
      System.err.println("No longer told of pods: " + cause);
      System.exit(1);
    }
  }

  /** SIGTERM, after the grace period SIGKILL, and then the pod is gone. */
  private void end(Pod pod) {
    Process process = processes.remove(pod.getMetadata().getName());
    if (process == null) {
      return;
    }
    process.destroy();
    try {
      if (!process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    client.resource(pod).inNamespace(namespace).withGracePeriod(0).delete();
  }

  private void run(Pod pod) {
    try {
      Process process = start(pod);
      processes.put(pod.getMetadata().getName(), process);
      status(pod, "Running", new ContainerStateBuilder().withNewRunning().endRunning());
      int code = process.waitFor();
      status(
          pod,
          code == 0 ? "Succeeded" : "Failed",
          new ContainerStateBuilder()
              .withNewTerminated()
              .withExitCode(code)
              .withReason(code == 0 ? "Completed" : "Error")
              .endTerminated());
    } catch (IOException | RuntimeException e) {
      e.printStackTrace();
      status(
          pod,
          "Failed",
          new ContainerStateBuilder().withNewTerminated().withExitCode(128).endTerminated());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void status(Pod pod, String phase, ContainerStateBuilder state) {
    Container container = pod.getSpec().getContainers().get(0);
    client
        .pods()
        .inNamespace(namespace)
        .withName(pod.getMetadata().getName())
        .editStatus(
            now -> {
              now.getStatus().setPhase(phase);
              now.getStatus().setPodIP(ADDRESS);
              now.getStatus()
                  .setConditions(
                      List.of(
                          new PodConditionBuilder()
                              .withType("Ready")
                              .withStatus(phase.equals("Running") ? "True" : "False")
                              .build()));
              now.getStatus()
                  .setContainerStatuses(
                      List.of(
                          new ContainerStatusBuilder()
                              .withName(container.getName())
                              .withImage(container.getImage())
                              .withImageID("none")
                              .withRestartCount(0)
                              .withReady(phase.equals("Running"))
                              .withState(state.build())
                              .build()));
              return now;
            });
  }

  private Process start(Pod pod) throws IOException {
    Path home = Files.createDirectories(folder.resolve(pod.getMetadata().getName()));
    Container container = pod.getSpec().getContainers().get(0);
    Map<String, String> paths = new HashMap<>();
    paths.put("/opt/spark-lora", image.resolve("spark-lora").toString());
    paths.put("/opt/spark", image.resolve("spark").toString());
    for (VolumeMount mount : container.getVolumeMounts()) {
      Path place = home.resolve("volumes").resolve(mount.getName());
      paths.put(mount.getMountPath(), place.toString());
      Files.createDirectories(place);
    }
    for (Volume volume : pod.getSpec().getVolumes()) {
      fill(home.resolve("volumes").resolve(volume.getName()), volume, pod, paths);
    }
    Map<String, String> environment = new HashMap<>();
    for (EnvVar variable : container.getEnv()) {
      environment.put(variable.getName(), here(value(variable, pod), paths));
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of("docker", "entrypoint").toAbsolutePath().toString());
    container.getArgs().forEach(word -> command.add(here(word, paths)));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(home.resolve("log").toFile())
            .directory(home.toFile());
    builder
        .environment()
        .keySet()
        .removeIf(name -> name.startsWith("SPARK_") || name.startsWith("KUBE"));
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("SPARK_HOME", image.resolve("spark").toString());
    builder.environment().put("SPARK_LOCAL_IP", ADDRESS);
    builder
        .environment()
        .put("LOG4J_CONFIGURATION_FILE", image + "/spark-lora/conf/log4j2.properties");
    builder.environment().putAll(environment);
    return builder.start();
  }

  private String value(EnvVar variable, Pod pod) {
    if (variable.getValueFrom() == null) {
      return String.valueOf(variable.getValue());
    }
    if (variable.getValueFrom().getSecretKeyRef() != null) {
      var reference = variable.getValueFrom().getSecretKeyRef();
      return secret(reference.getName()).get(reference.getKey());
    }
    return switch (variable.getValueFrom().getFieldRef().getFieldPath()) {
      case "status.podIP" -> ADDRESS;
      case "metadata.name" -> pod.getMetadata().getName();
      default -> throw new IllegalArgumentException("Not known: " + variable);
    };
  }

  private Map<String, String> secret(String name) {
    Map<String, String> values = new HashMap<>();
    client
        .secrets()
        .inNamespace(namespace)
        .withName(name)
        .get()
        .getData()
        .forEach((key, value) -> values.put(key, new String(Base64.getDecoder().decode(value))));
    return values;
  }

  /** Its bytes as they are. */
  private void writeSecret(Path place, String name) throws IOException {
    Files.createDirectories(place);
    var secret = client.secrets().inNamespace(namespace).withName(name).get();
    for (Map.Entry<String, String> file : secret.getData().entrySet()) {
      Files.write(place.resolve(file.getKey()), Base64.getDecoder().decode(file.getValue()));
    }
  }

  private Map<String, String> configMap(String name) {
    // Spark makes it after the pod, which owns it; a kubelet waits for it, too.
    return client
        .configMaps()
        .inNamespace(namespace)
        .withName(name)
        .waitUntilCondition(there -> there != null, 1, TimeUnit.MINUTES)
        .getData();
  }

  private void fill(Path place, Volume volume, Pod pod, Map<String, String> paths)
      throws IOException {
    if (volume.getConfigMap() != null) {
      Map<String, String> files = new HashMap<>(configMap(volume.getConfigMap().getName()));
      // Some are given another name.
      volume
          .getConfigMap()
          .getItems()
          .forEach(item -> files.put(item.getPath(), files.remove(item.getKey())));
      write(place, files, paths);
    } else if (volume.getSecret() != null) {
      writeSecret(place, volume.getSecret().getSecretName());
    } else if (volume.getProjected() != null) {
      for (VolumeProjection source : volume.getProjected().getSources()) {
        if (source.getServiceAccountToken() != null) {
          write(place, Map.of("token", token(pod), "namespace", namespace), paths);
        } else if (source.getConfigMap() != null) {
          write(place, configMap(source.getConfigMap().getName()), paths);
        }
      }
    }
  }

  private String token(Pod pod) {
    TokenRequest request = new TokenRequestBuilder().withNewSpec().endSpec().build();
    return client
        .serviceAccounts()
        .inNamespace(namespace)
        .withName(pod.getSpec().getServiceAccountName())
        .tokenRequest(request)
        .getStatus()
        .getToken();
  }

  private static void write(Path place, Map<String, String> files, Map<String, String> paths)
      throws IOException {
    Files.createDirectories(place);
    for (Map.Entry<String, String> file : files.entrySet()) {
      Files.writeString(place.resolve(file.getKey()), here(file.getValue(), paths));
    }
  }

  /** With the paths of this machine in place of those in the container, the longest first. */
  private static String here(String text, Map<String, String> paths) {
    List<String> inside = new ArrayList<>(paths.keySet());
    inside.sort(Comparator.comparing(String::length).reversed());
    String marked = text;
    for (int i = 0; i < inside.size(); i++) {
      marked = marked.replace(inside.get(i), "\0" + i + "\0");
    }
    for (int i = 0; i < inside.size(); i++) {
      marked = marked.replace("\0" + i + "\0", paths.get(inside.get(i)));
    }
    // The services' names, which a cluster's DNS would know.
    return marked.replaceAll("[a-z0-9-]+-driver-svc\\.[a-z0-9-]+\\.svc", ADDRESS);
  }
}
