package org.sparklora.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Spark's settings that cannot work: one clear line, code 2, before a context starts. */
@Tag("long")
class NonsenseSettingsTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          bogus://host                          | it must be local[N], local-cluster
          local[0]                              | with numbers of at least 1
          local[*                               | it must be local[N]
          LOCAL[2]                              | it must be local[N]
          local[ 2 ]                            | it must be local[N]
          local[99999999999]                    | it must be local[N]
          local[2,0]                            | with numbers of at least 1
          local-cluster[0,1,1024]               | with numbers of at least 1
          local-cluster[1,1,100]                | an executor needs at least 450 MiB of memory
          spark://host                          | spark://HOST:PORT
          spark://a:7077,                       | spark://HOST:PORT
          yarn-client                           | it must be local[N]
          k8s://                                | k8s://URL
          mesos://zk://a:2181/mesos             | it must be local[N]
          """)
  void aMasterIsRefused(String master, String message) throws IOException {
    Refusal.require(folder, 2, "Invalid --master: " + master + "; ", train("--master=" + master));
    Refusal.require(folder, 2, message, train("--master=" + master));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          spark.task.cpus                       | 0         | it must be a whole number of at least 1
          spark.task.cpus                       | 1.5       | it must be a whole number of at least 1
          spark.executor.cores                  | none      | it must be a whole number of at least 1
          spark.executor.instances              | -3        | it must be a whole number of at least 0
          spark.default.parallelism             | 0         | it must be a whole number of at least 1
          spark.executor.memory                 | lots      | it must be a size such as 2g or 512m
          spark.executor.memory                 | 1.5g      | it must be a size such as 2g or 512m
          spark.executor.memory                 | 100m      | Spark asks for at least 450m
          spark.executor.memory                 | -1g       | it must be a size such as 2g or 512m
          spark.executor.memoryOverhead         | half      | it must be a size such as 2g or 512m
          spark.memory.fraction                 | 1.5       | it must be a number from 0 to 1
          spark.driver.port                     | 70000     | it must be a port from 1024 to 65535
          spark.driver.port                     | 22        | it must be a port from 1024 to 65535
          spark.blockManager.port               | any       | it must be a port from 1024 to 65535
          spark.port.maxRetries                 | -1        | it must be a whole number of at least 0
          spark.rpc.message.maxSize             | 4096      | it must be a whole number of at least 1 and at most 2047
          spark.serializer                      | com.example.None | there is no such class
          spark.serializer                      | java.lang.String | it is no serializer
          spark.plugins                         | com.example.None | there is no class com.example.None
          spark.extraListeners                  | a.B,c.D   | there is no class c.D
          spark.io.compression.codec            | zstdd     | it must be lz4, lzf, snappy or zstd
          spark.scheduler.mode                  | FASTEST   | it must be FIFO or FAIR
          spark.network.timeout                 | soon      | it must be a time such as 120s
          spark.network.timeout                 | 0s        | it must be at least 1s
          spark.executor.heartbeatInterval      | 300s      | it must be below spark.network.timeout, 120s
          spark.authenticate                    | perhaps   | it must be true or false
          spark.network.crypto.enabled          | true      | Spark encrypts only connections that it authenticates
          spark.eventLog.dir                    | /no/such  | there is no such folder: make it first
          spark.files                           | /no/such  | there is no /no/such
          spark.local.dir                       | /dev/null/x | no folder of it can be written to
          spark.task.resource.gpu.amount        | 2         | a worker computes on one GPU
          spark.task.resource.gpu.amount        | some      | it must be a number from 0
          spark.executor.extraJavaOptions       | -Xmx4g    | the heap is set by spark.executor.memory
          spark.executor.extraJavaOptions       | -Dspark.x=1 | give them by --conf
          spark.speculation                     | true      | would supersede the worker it copies
          spark.dynamicAllocation.enabled       | true      | workers leave no task waiting
          spark.dynamicAllocation.enabled       | yes       | it must be true or false
          spark.remote                          | sc://h:15002 | Spark Connect has no driver
          """)
  void aSettingIsRefused(String key, String value, String message) throws IOException {
    set(key, value, message, "local[1]");
  }

  @ParameterizedTest
  @CsvSource({"spark://host:7077", "local-cluster[1,1,1024]"})
  void aSecretThatIsMissingIsAskedFor(String master) throws IOException {
    set("spark.authenticate", "true", "Missing spark.authenticate.secret", master);
  }

  private void set(String key, String value, String message, String master) throws IOException {
    System.setProperty(key, value);
    if (key.equals("spark.eventLog.dir")) {
      System.setProperty("spark.eventLog.enabled", "true");
    }
    try {
      Refusal.require(folder, 2, key, train("--master=" + master));
      Refusal.require(folder, 2, message, train("--master=" + master));
    } finally {
      System.clearProperty(key);
      System.clearProperty("spark.eventLog.enabled");
    }
  }

  private List<String> train(String master) {
    List<String> words = new ArrayList<>(List.of("train"));
    words.addAll(SmallRun.flags(SmallRun.MODEL, SmallRun.DATA, 4, folder.resolve("out")));
    words.add(master);
    return words;
  }
}
