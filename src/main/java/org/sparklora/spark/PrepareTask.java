package org.sparklora.spark;

import ai.djl.Device;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;
import org.sparklora.data.CaptionedImages;
import org.sparklora.data.DataConfig;
import org.sparklora.data.ImageDataset;
import org.sparklora.data.LatentEncoder;
import org.sparklora.data.LatentFileWriter;
import org.sparklora.data.LatentManifest;
import org.sparklora.data.LatentSample;
import org.sparklora.data.VaeLatentEncoder;
import org.sparklora.data.image.ImageDecoder;
import org.sparklora.data.image.Pixels;
import org.sparklora.data.image.TrainingTransform;
import org.sparklora.data.image.UndecodableImageException;
import org.sparklora.model.ClipTokenizer;
import org.sparklora.model.ModelConfig;
import org.sparklora.model.ModelFolder;
import org.sparklora.model.NetworkLoader;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;

/**
 * Encodes one row group.
 *
 * @param folder the cache's folder
 * @param done counts pictures
 */
record PrepareTask(
    SerializableConfiguration hadoop,
    DataConfig data,
    ModelConfig model,
    String folder,
    SampleSelection selection,
    long seed,
    int threads,
    LongAccumulator done)
    implements Function<ImageDataset.Chunk, PrepareTask.Encoded> {

  /** What became of a row group. */
  record Encoded(LatentManifest.File file, List<LatentManifest.BadImage> badImages)
      implements Serializable {}

  @Override
  public Encoded call(ImageDataset.Chunk chunk) throws IOException {
    Configuration configuration = hadoop.value();
    // Zero-padded, so that the files sort as their rows do.
    String name = String.format(java.util.Locale.ROOT, "latents-%012d.parquet", chunk.firstId());
    TaskContext task = TaskContext.get();
    List<LatentManifest.BadImage> bad = new ArrayList<>();
    long[] written = {0};
    try (LatentEncoder encoder = encoder(configuration, task);
        LatentFileWriter out =
            new LatentFileWriter(configuration, new Path(folder, name), task.taskAttemptId())) {
      CaptionedImages.read(
          chunk,
          data.imageColumn(),
          data.captionColumn(),
          configuration,
          (row, id) -> {
            if (!selection.has(id)) {
              return;
            }
            task.killTaskIfInterrupted();
            try {
              out.write(sample(row, id, encoder));
              written[0]++;
              done.add(1);
            } catch (UndecodableImageException e) {
              long fileRow = chunk.firstRow() + id - chunk.firstId();
              bad.add(new LatentManifest.BadImage(chunk.file(), fileRow, e.getMessage()));
            } catch (IOException e) {
              throw new UncheckedIOException("Cannot write " + name + " in " + folder, e);
            }
          });
    }
    return new Encoded(new LatentManifest.File(name, written[0]), bad);
  }

  private LatentEncoder encoder(Configuration configuration, TaskContext task) {
    Device device = GpuAssignment.device(WorkerTask.gpus(task.resourcesJMap()));
    ModelFolder base = ModelFolder.open(model.location(), configuration, model.variant());
    Ops ops = Ops.open(device, threads);
    return new VaeLatentEncoder(
        ops, new NetworkLoader(base, ops).vae(Precision.FP32), ClipTokenizer.load(base));
  }

  private LatentSample sample(CaptionedImages.Row row, long id, LatentEncoder encoder)
      throws UndecodableImageException {
    TrainingTransform transform =
        new TrainingTransform(data.resolution(), data.centerCrop(), data.interpolation(), seed);
    Pixels square = transform.apply(new ImageDecoder().decode(row.image()), id);
    int side = data.resolution();
    return new LatentSample(
        id,
        row.caption(),
        encoder.tokenIds(row.caption()),
        encoder.channels(),
        side / encoder.downscale(),
        side / encoder.downscale(),
        encoder.encode(square.toTensor(), side, side),
        data.randomFlip()
            ? Optional.of(encoder.encode(square.flipped().toTensor(), side, side))
            : Optional.empty());
  }
}
