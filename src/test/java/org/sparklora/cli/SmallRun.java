package org.sparklora.cli;

import java.util.List;

/** Training that is short enough for a test and real: small pictures, one a micro-batch. */
final class SmallRun {
  static final String MODEL = "src/quickstart/base-model";
  static final String DATA = "src/quickstart/noto";

  private SmallRun() {}

  /** The flags that are the same in every run, which later ones may override. */
  static List<String> flags(String model, String data, int samples, Object output) {
    return List.of(
        "--pretrained_model_name_or_path=" + model,
        "--dataset_name=" + data,
        "--max_train_samples=" + samples,
        "--resolution=64",
        "--train_batch_size=1",
        "--learning_rate=1e-3",
        "--seed=5",
        "--output_dir=" + output);
  }
}
