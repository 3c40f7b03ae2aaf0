package org.sparklora.s3;

import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;

/**
 * An S3 server in this JVM, in memory: S3Proxy, behind a proxy that can fail requests. Driver and
 * executor processes of this machine reach it over s3a.
 *
 * <pre>{@code
 * try (S3Server s3 = S3Server.start()) {
 *   s3.faults(Faults.seeded(7, 0.1)); // every tenth request fails; see Fault for how
 *   s3.settings().forEach((key, value) -> sparkConf.set("spark.hadoop." + key, value));
 *   train("--output_dir=" + s3.uri("out"));
 *   assertThat(s3.faults().injected()).containsKey(Fault.LOST_RESPONSE);
 * }
 * }</pre>
 *
 * <p>A test of the whole command sets the settings as system properties, which a SparkConf takes
 * up: {@link #asSystemProperties()}.
 */
public final class S3Server implements AutoCloseable {
  /** What must never be read in a log or a file. */
  public static final String SECRET = "s3-test-secret-kept-from-logs";

  private static final String KEY = "s3-test-key";

  private final String bucket;
  private final URLClassLoader jars;
  private final Object store;
  private final FaultyProxy proxy;

  /** Hadoop's S3A works in no language that has digits of its own; Main sees to that. */
  private final Locale before = Locale.getDefault();

  private Faults faults = Faults.none();

  private S3Server(String bucket, URLClassLoader jars, Object store, FaultyProxy proxy) {
    this.bucket = bucket;
    this.jars = jars;
    this.store = store;
    this.proxy = proxy;
    Locale.setDefault(Locale.ROOT);
  }

  /**
   * Starts a server with one empty bucket. Its name is unlike any other's in this JVM: Hadoop keeps
   * file systems by their names.
   */
  public static S3Server start() {
    String bucket = "bucket-" + UUID.randomUUID();
    try {
      URLClassLoader jars = new URLClassLoader(jars(), new LoggingOnly());
      Object objects = create(jars, "org.gaul.s3proxy.nio2blob.TransientNio2BlobStore");
      Class<?> blobStore = jars.loadClass("org.gaul.s3proxy.blobstore.BlobStore");
      blobStore.getMethod("createContainer", String.class).invoke(objects, bucket);
      Class<?> server = jars.loadClass("org.gaul.s3proxy.S3Proxy");
      Object builder = server.getMethod("builder").invoke(null);
      Class<?> type = builder.getClass();
      type.getMethod("blobStore", blobStore).invoke(builder, objects);
      type.getMethod("endpoint", URI.class).invoke(builder, URI.create("http://127.0.0.1:0"));
      Class<?> authentication = jars.loadClass("org.gaul.s3proxy.auth.AuthenticationType");
      Object signed = authentication.getField("AWS_V4").get(null);
      type.getMethod("awsAuthentication", authentication, String.class, String.class)
          .invoke(builder, signed, KEY, SECRET);
      Object store = type.getMethod("build").invoke(builder);
      server.getMethod("start").invoke(store);
      int port = (int) server.getMethod("getPort").invoke(store);
      return new S3Server(bucket, jars, store, new FaultyProxy(port));
    } catch (ReflectiveOperationException | IOException e) {
      throw new IllegalStateException("Cannot start S3Proxy", e);
    }
  }

  /** Lets requests from now on fail so. */
  public void faults(Faults next) {
    faults = next;
    proxy.faults(next);
  }

  /** Lets requests from now on go over such a network. */
  public void link(Link link) {
    proxy.link(link);
  }

  public Faults faults() {
    return faults;
  }

  /** Every request so far: {@code METHOD /key?query}. */
  public List<String> requests() {
    return proxy.requests();
  }

  /** {@code s3a://BUCKET/path}. */
  public String uri(String path) {
    return "s3a://" + bucket + "/" + path;
  }

  /** Hadoop's settings to reach it; retries wait short, as faults are not of a busy server here. */
  public Map<String, String> settings() {
    Map<String, String> settings = new TreeMap<>();
    settings.put("fs.s3a.endpoint", "http://127.0.0.1:" + proxy.port());
    settings.put("fs.s3a.endpoint.region", "us-east-1");
    settings.put("fs.s3a.path.style.access", "true");
    settings.put("fs.s3a.connection.ssl.enabled", "false");
    settings.put("fs.s3a.access.key", KEY);
    settings.put("fs.s3a.secret.key", SECRET);
    settings.put("fs.s3a.retry.interval", "20ms");
    settings.put("fs.s3a.retry.throttle.interval", "20ms");
    return settings;
  }

  public Configuration hadoop() {
    Configuration hadoop = new Configuration();
    settings().forEach(hadoop::set);
    return hadoop;
  }

  /** Sets {@code spark.hadoop.*} properties of this JVM; closing takes them back. */
  public AutoCloseable asSystemProperties() {
    Map<String, String> settings = settings();
    settings.forEach((key, value) -> System.setProperty("spark.hadoop." + key, value));
    return () -> settings.keySet().forEach(key -> System.clearProperty("spark.hadoop." + key));
  }

  @Override
  public void close() {
    Locale.setDefault(before);
    try {
      proxy.close();
      store.getClass().getMethod("stop").invoke(store);
      jars.close();
    } catch (ReflectiveOperationException | IOException e) {
      throw new IllegalStateException("Cannot stop S3Proxy", e);
    }
  }

  private static Object create(ClassLoader jars, String name) throws ReflectiveOperationException {
    return jars.loadClass(name).getConstructor().newInstance();
  }

  private static URL[] jars() throws MalformedURLException {
    File folder = new File(System.getProperty("s3proxy.home", "target/s3proxy"));
    File[] files = folder.listFiles((in, name) -> name.endsWith(".jar"));
    if (files == null || files.length == 0) {
      throw new IllegalStateException(
          "No jars in "
              + folder.getAbsolutePath()
              + "; mvn generate-test-resources puts them there");
    }
    URL[] urls = new URL[files.length];
    for (int i = 0; i < files.length; i++) {
      urls[i] = files[i].toURI().toURL();
    }
    return urls;
  }

  /** Java's own classes, and this JVM's logging; S3Proxy has its own of everything else. */
  private static final class LoggingOnly extends ClassLoader {
    LoggingOnly() {
      super(ClassLoader.getPlatformClassLoader());
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      if (name.startsWith("org.slf4j.")) {
        return S3Server.class.getClassLoader().loadClass(name);
      }
      throw new ClassNotFoundException(name);
    }
  }
}
