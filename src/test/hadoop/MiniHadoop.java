import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.hadoop.shaded.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.hadoop.yarn.api.ApplicationClientProtocol;
import org.apache.hadoop.yarn.api.protocolrecords.GetApplicationReportRequest;
import org.apache.hadoop.yarn.api.protocolrecords.KillApplicationRequest;
import org.apache.hadoop.yarn.api.records.ApplicationId;
import org.apache.hadoop.yarn.api.records.ApplicationReport;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.exceptions.ApplicationNotFoundException;
import org.apache.hadoop.yarn.exceptions.YarnException;
import org.apache.hadoop.yarn.server.MiniYARNCluster;

/**
 * HDFS, and YARN where it is asked for: Hadoop's own servers in this process, containers as
 * processes of their own.
 *
 * <pre>
 *   java -cp JARS MiniHadoop.java FOLDER hdfs|yarn
 * </pre>
 *
 * <p>The clients' settings are in FOLDER/conf. Those of YARN name pages of the ResourceManager,
 * too, a stand-in: see {@link ApplicationPages}. It prints {@code ready}, then does a line of its
 * input after the other, {@code namenode stop}, {@code namenode start} or {@code datanode kill},
 * and answers {@code done}. It ends with its input.
 */
public final class MiniHadoop {
  private static final int DATA_NODES = 2;
  private static final int NODE_MANAGERS = 2;
  private static final String[] FOR_CLIENTS = {
    "yarn.resourcemanager.address",
    "yarn.resourcemanager.scheduler.address",
    "yarn.resourcemanager.webapp.address"
  };

  private MiniHadoop() {}

  public static void main(String[] args) {
    try {
      run(args);
      System.exit(0);
    } catch (Exception | Error e) {
      e.printStackTrace();
      System.exit(1); // servers that have started keep the process up
    }
  }

  private static void run(String[] args) throws Exception {
    Path folder = Path.of(args[0]).toAbsolutePath();
    boolean yarn = args[1].equals("yarn");
    Configuration hadoop = settings(folder);
    // A name node that is started again has the port it had.
    MiniDFSCluster hdfs = new MiniDFSCluster.Builder(hadoop).numDataNodes(DATA_NODES).build();
    hdfs.waitActive();
    hadoop.set("fs.defaultFS", hdfs.getFileSystem().getUri().toString());
    write(hadoop, folder.resolve("conf/core-site.xml"), "fs.defaultFS");
    if (yarn) {
      MiniYARNCluster cluster = new MiniYARNCluster("yarn", NODE_MANAGERS, 1, 1);
      cluster.init(hadoop);
      cluster.start();
      cluster.waitForNodeManagersToConnect(TimeUnit.MINUTES.toMillis(1));
      Configuration known = new Configuration(cluster.getConfig());
      String pages = ApplicationPages.start(cluster.getResourceManager().getClientRMService());
      known.set("yarn.resourcemanager.webapp.address", pages);
      write(known, folder.resolve("conf/yarn-site.xml"), FOR_CLIENTS);
    }
    System.out.println("ready");
    obey(hdfs);
  }

  private static void obey(MiniDFSCluster hdfs) throws IOException {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      switch (line) {
        case "namenode stop" -> hdfs.shutdownNameNode(0);
        case "namenode start" -> hdfs.restartNameNode(0, true);
        case "datanode kill" -> hdfs.stopDataNode(0);
        default -> throw new IOException("Not understood: " + line);
      }
      System.out.println("done");
    }
  }

  private static Configuration settings(Path folder) throws IOException {
    Files.createDirectories(folder.resolve("conf"));
    Configuration hadoop = new YarnConfiguration();
    hadoop.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, folder.resolve("hdfs").toString());
    hadoop.set("hadoop.tmp.dir", folder.resolve("tmp").toString());
    // What a disk of this machine has left says nothing of the test.
    hadoop.set(
        "yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage", "99.9");
    hadoop.setBoolean("yarn.nodemanager.vmem-check-enabled", false);
    hadoop.setInt("yarn.nodemanager.resource.memory-mb", 6144);
    hadoop.setInt("yarn.nodemanager.resource.cpu-vcores", 4);
    hadoop.setInt("yarn.scheduler.minimum-allocation-mb", 256);
    hadoop.setInt("yarn.nodemanager.delete.debug-delay-sec", 3600);
    hadoop.set("yarn.scheduler.capacity.root.queues", "default");
    hadoop.set("yarn.scheduler.capacity.root.default.capacity", "100");
    // Half of the cluster may be application masters.
    hadoop.set("yarn.scheduler.capacity.maximum-am-resource-percent", "0.5");
    return hadoop;
  }

  /** Clients are given no more than they need: some of the settings name classes of the tests. */
  private static void write(Configuration hadoop, Path file, String... keys) throws IOException {
    Configuration chosen = new Configuration(false);
    for (String key : keys) {
      chosen.set(key, hadoop.get(key));
    }
    try (OutputStream out = Files.newOutputStream(file)) {
      chosen.writeXml(out);
    }
  }

  /**
   * A stand-in for two of the ResourceManager's pages, {@code GET /ws/v1/cluster/apps/ID} and
   * {@code PUT /ws/v1/cluster/apps/ID/state}. Its own are not to be had here: all web servers of a
   * process have the pages of a NodeManager, which is started last. What the stand-in tells, and
   * what it ends, are the real ResourceManager's.
   *
   * @param applications the ResourceManager
   */
  private record ApplicationPages(ApplicationClientProtocol applications) {
    private static final String PATH = "/ws/v1/cluster/apps/";
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * Starts them.
     *
     * @return HOST:PORT
     */
    static String start(ApplicationClientProtocol applications) throws IOException {
      InetAddress here = InetAddress.getLoopbackAddress();
      HttpServer server = HttpServer.create(new InetSocketAddress(here, 0), 0);
      ApplicationPages pages = new ApplicationPages(applications);
      server.createContext(PATH, pages::answer);
      server.start();
      return here.getHostAddress() + ":" + server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
      String[] path = exchange.getRequestURI().getPath().substring(PATH.length()).split("/", 2);
      String asked = exchange.getRequestMethod() + (path.length > 1 ? " " + path[1] : "");
      try {
        ApplicationId id = ApplicationId.fromString(path[0]);
        switch (asked) {
          case "GET" -> send(exchange, 200, Map.of("app", fields(id)));
          case "PUT state" -> {
            String state = JSON.readTree(exchange.getRequestBody()).path("state").asText();
            if (!state.equals("KILLED")) {
              throw new IllegalArgumentException("Not a state to ask for: " + state);
            }
            applications.forceKillApplication(KillApplicationRequest.newInstance(id));
            send(exchange, 202, Map.of("state", fields(id).get("state")));
          }
          default -> throw new IllegalArgumentException("Not a page: " + asked);
        }
      } catch (ApplicationNotFoundException e) {
        send(exchange, 404, Map.of("message", e.getMessage()));
      } catch (IllegalArgumentException e) {
        send(exchange, 400, Map.of("message", e.getMessage()));
      } catch (YarnException e) {
        send(exchange, 500, Map.of("message", e.toString()));
      }
    }

    private Map<String, String> fields(ApplicationId id) throws IOException, YarnException {
      ApplicationReport report =
          applications
              .getApplicationReport(GetApplicationReportRequest.newInstance(id))
              .getApplicationReport();
      return Map.of(
          "id", id.toString(),
          "name", report.getName(),
          "user", report.getUser(),
          "state", report.getYarnApplicationState().name(),
          "finalStatus", report.getFinalApplicationStatus().name(),
          "diagnostics", report.getDiagnostics());
    }

    private static void send(HttpExchange exchange, int code, Map<String, ?> body)
        throws IOException {
      byte[] json = JSON.writeValueAsBytes(body);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(code, json.length);
      exchange.getResponseBody().write(json);
      exchange.close();
    }
  }
}
