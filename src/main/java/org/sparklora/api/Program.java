package org.sparklora.api;

import org.sparklora.cli.CommandFlags;
import org.sparklora.pipeline.request.GenerationConfig;
import org.sparklora.spark.run.TrainingConfig;

/** The two commands whose flags are params here. */
enum Program {
  TRAIN,
  GENERATE;

  CommandFlags<?> flags() {
    return switch (this) {
      case TRAIN -> Train.FLAGS;
      case GENERATE -> Generate.FLAGS;
    };
  }

  /** Made on first use. */
  private static final class Train {
    static final CommandFlags<TrainingConfig> FLAGS = CommandFlags.ofTrain();
  }

  /** Made on first use, too. */
  private static final class Generate {
    static final CommandFlags<GenerationConfig> FLAGS = CommandFlags.ofGenerate();
  }
}
