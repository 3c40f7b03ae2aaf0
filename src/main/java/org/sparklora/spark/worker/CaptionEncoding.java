package org.sparklora.spark.worker;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.VoidFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.data.cache.LatentCache;
import org.sparklora.model.NetworkLoader;
import org.sparklora.model.TextEncoders;
import org.sparklora.nn.text.EncodedText;
import org.sparklora.spark.reduce.WorkerComputers;
import org.sparklora.spark.reduce.WorkerContext;
import org.sparklora.tensor.Ops;
import org.sparklora.train.CaptionStates;
import org.sparklora.util.ContentHash;

/**
 * Encodes a run's captions before training ({@code --cache_captions}), so that no worker holds a
 * text encoder. They lie beside the latents, under a key made of what they depend on.
 */
public final class CaptionEncoding {
  private static final Logger LOG = LoggerFactory.getLogger(CaptionEncoding.class);

  /** The most captions that are kept: in fp32 they take 0.9 GiB for SD 1.5 and 2.4 GiB for SDXL. */
  static final int MOST_CAPTIONS = 4096;

  private static final int CAPTIONS_OF_TASK = 64;

  private CaptionEncoding() {}

  /**
   * Encodes the captions that are not stored yet.
   *
   * @param baseModel identity of the base model
   * @param slots how many tasks may run at once
   * @return the factory of workers that read them, or the same one where captions cannot be kept
   */
  public static AdapterWorkerFactory prepare(
      JavaSparkContext spark, AdapterWorkerFactory factory, String baseModel, int slots)
      throws IOException {
    Optional<String> why = obstacle(factory);
    if (why.isPresent()) {
      LOG.warn("--cache_captions has no effect: {}", why.get());
      return factory;
    }
    Map<String, int[]> captions = captions(factory);
    if (captions.size() > MOST_CAPTIONS) {
      LOG.warn("--cache_captions has no effect: there are more than {} captions", MOST_CAPTIONS);
      return factory;
    }
    Configuration hadoop = factory.hadoop().value();
    Path folder = new Path(factory.latents(), "captions-" + key(factory, baseModel));
    captions.keySet().removeAll(present(folder, hadoop));
    if (!captions.isEmpty()) {
      LOG.info("Encoding {} captions", captions.size());
      int tasks = Math.min(slots, (captions.size() + CAPTIONS_OF_TASK - 1) / CAPTIONS_OF_TASK);
      spark.sc().setJobDescription("spark-lora: captions");
      spark
          .parallelize(List.copyOf(captions.values()), tasks)
          .foreachPartition(new Task(factory, folder.toString()));
    }
    return factory.withCaptions(folder.toString());
  }

  private static Optional<String> obstacle(AdapterWorkerFactory factory) {
    if (factory.trainables().trainsText()) {
      return Optional.of("the text encoder is trained");
    }
    return factory.captions().changes()
        ? Optional.of("captions change from epoch to epoch")
        : Optional.empty();
  }

  /** Collects token ids by file name. It stops soon after {@link #MOST_CAPTIONS}. */
  private static Map<String, int[]> captions(AdapterWorkerFactory factory) throws IOException {
    Configuration hadoop = factory.hadoop().value();
    Set<String> caches = new HashSet<>(List.of(factory.latents()));
    factory.prior().forEach(images -> caches.add(images.cache()));
    factory.heldOut().forEach(held -> caches.add(held.cache()));
    Map<String, int[]> captions = new TreeMap<>();
    factory.emptyCaption().ifPresent(ids -> captions.put(StoredCaptions.name(ids), ids));
    for (String cache : caches) {
      try (Stream<int[]> all = LatentCache.open(cache, hadoop).tokenIds()) {
        Iterator<int[]> each = all.iterator();
        while (each.hasNext() && captions.size() <= MOST_CAPTIONS) {
          int[] ids = each.next();
          captions.put(StoredCaptions.name(ids), ids);
        }
      }
    }
    return captions;
  }

  private static String key(AdapterWorkerFactory factory, String baseModel) {
    MessageDigest digest = ContentHash.sha256();
    String text =
        String.join(
            "\n",
            baseModel,
            String.valueOf(factory.trainables().clipSkip()),
            String.valueOf(factory.batch().threadsPerWorker()),
            factory.batch().attention().toString(),
            factory.batch().gpu().toString());
    digest.update(text.getBytes(StandardCharsets.UTF_8));
    return ContentHash.hex(digest, 8);
  }

  private static Set<String> present(Path folder, Configuration hadoop) throws IOException {
    FileSystem files = folder.getFileSystem(hadoop);
    Set<String> names = new HashSet<>();
    if (files.exists(folder)) {
      for (FileStatus status : files.listStatus(folder)) {
        names.add(status.getPath().getName());
      }
    }
    return names;
  }

  private record Task(AdapterWorkerFactory factory, String folder)
      implements VoidFunction<Iterator<int[]>> {
    @Override
    public void call(Iterator<int[]> captions) throws IOException {
      StoredCaptions stored = new StoredCaptions(folder, factory.hadoop().value());
      WorkerContext context = WorkerComputers.here(factory.batch().threadsPerWorker());
      List<int[]> mine = new ArrayList<>();
      captions.forEachRemaining(mine::add);
      try (Ops ops = Ops.open(context.device(), context.threads(), factory.batch().gpu())) {
        TextEncoders encoders =
            new NetworkLoader(
                    factory.model().open(factory.hadoop().value()),
                    ops,
                    factory.batch().attention())
                .frozenTextEncoders();
        for (int[] ids : mine) {
          stored.write(ids, encode(ops, encoders, ids));
        }
      }
    }

    private CaptionStates.Encoded encode(Ops ops, TextEncoders encoders, int[] ids) {
      try (NDManager scope = ops.manager().newSubManager()) {
        EncodedText text = encoders.encode(scope, List.of(ids), factory.trainables().clipSkip());
        return new CaptionStates.Encoded(
            (int) text.states().getShape().get(1),
            text.states().toFloatArray(),
            text.pooled().map(NDArray::toFloatArray));
      }
    }
  }
}
