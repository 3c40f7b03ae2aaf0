package org.sparklora.spark.prepare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.util.SerializableConfiguration;
import org.sparklora.data.cache.LatentEncoder;
import org.sparklora.data.cache.LatentEncoderFactory;
import org.sparklora.data.cache.VaeLatentEncoder;
import org.sparklora.data.file.FileIdentity;
import org.sparklora.model.NetworkLoader;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.model.tokenizer.ClipTokenizer;
import org.sparklora.spark.settings.GpuAssignment;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;

/** Opens the base model's autoencoder and tokenizer on a task's device. */
public record VaeEncoderFactory(
    SerializableConfiguration hadoop, ModelConfig model, int threads, String identity)
    implements LatentEncoderFactory {

  /** A factory whose identity is the names and contents of the files it reads. */
  public static VaeEncoderFactory of(Configuration hadoop, ModelConfig model, int threads) {
    List<String> files = new ArrayList<>();
    try {
      ModelFolder base = ModelFolder.open(model.location(), hadoop, model.variant());
      for (String component : List.of("vae", "tokenizer")) {
        Path folder = new Path(model.location(), component);
        FileSystem fileSystem = folder.getFileSystem(hadoop);
        for (String used : base.usedFiles(component)) {
          FileStatus file = fileSystem.getFileStatus(new Path(folder, used));
          files.add(used + " " + FileIdentity.of(fileSystem, file));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + model.location(), e);
    }
    Collections.sort(files);
    String identity =
        String.format(
            Locale.ROOT, "%d threads, variant %s, %s", threads, model.variant().orElse(""), files);
    return new VaeEncoderFactory(new SerializableConfiguration(hadoop), model, threads, identity);
  }

  @Override
  public LatentEncoder open() {
    ModelFolder base = ModelFolder.open(model.location(), hadoop.value(), model.variant());
    Ops ops = Ops.open(GpuAssignment.device(TaskContext.get()), threads);
    return new VaeLatentEncoder(
        ops, new NetworkLoader(base, ops).vae(Precision.FP32), ClipTokenizer.load(base));
  }
}
