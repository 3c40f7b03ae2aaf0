package org.sparklora.spark;

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
import org.sparklora.data.FileIdentity;
import org.sparklora.data.LatentEncoder;
import org.sparklora.data.LatentEncoderFactory;
import org.sparklora.data.VaeLatentEncoder;
import org.sparklora.model.ClipTokenizer;
import org.sparklora.model.ModelConfig;
import org.sparklora.model.ModelFolder;
import org.sparklora.model.NetworkLoader;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;

/** Opens the base model's autoencoder and tokenizer on a task's device. */
record VaeEncoderFactory(
    SerializableConfiguration hadoop, ModelConfig model, int threads, String identity)
    implements LatentEncoderFactory {

  /** A factory whose identity is the names and contents of the files it reads. */
  static VaeEncoderFactory of(Configuration hadoop, ModelConfig model, int threads) {
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
