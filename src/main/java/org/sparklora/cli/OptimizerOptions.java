package org.sparklora.cli;

import org.sparklora.spark.TrainingConfig;
import org.sparklora.train.BatchConfig;
import org.sparklora.train.LrScheduler;
import org.sparklora.train.OptimizerConfig;
import picocli.CommandLine.Option;

/** AdamW, clipping and the learning rate. */
final class OptimizerOptions {
  @Option(
      names = "--learning_rate",
      paramLabel = "LR",
      description = "Learning rate before the schedule (default: ${DEFAULT-VALUE}).")
  private double learningRate = 1e-4;

  @Option(
      names = "--scale_lr",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description = "Multiply the learning rate by the pictures of a step.")
  private boolean scaleLr;

  @Option(
      names = "--lr_scheduler",
      paramLabel = "NAME",
      description =
          "constant, constant_with_warmup, linear, cosine, cosine_with_restarts or polynomial"
              + " (default: ${DEFAULT-VALUE}), in optimizer steps.")
  private String lrScheduler = "constant";

  @Option(
      names = "--lr_warmup_steps",
      paramLabel = "N",
      description =
          "Optimizer steps of warm-up, in the schedules that have one (default:"
              + " ${DEFAULT-VALUE}).")
  private long lrWarmupSteps = 500;

  @Option(
      names = "--lr_num_cycles",
      paramLabel = "N",
      description = "Hard restarts of cosine_with_restarts (default: ${DEFAULT-VALUE}).")
  private int lrNumCycles = 1;

  @Option(
      names = "--lr_power",
      paramLabel = "X",
      description = "Exponent of polynomial (default: ${DEFAULT-VALUE}).")
  private double lrPower = 1;

  @Option(
      names = "--adam_beta1",
      paramLabel = "X",
      description = "Decay of AdamW's first moment (default: ${DEFAULT-VALUE}).")
  private double adamBeta1 = 0.9;

  @Option(
      names = "--adam_beta2",
      paramLabel = "X",
      description = "Decay of AdamW's second moment (default: ${DEFAULT-VALUE}).")
  private double adamBeta2 = 0.999;

  @Option(
      names = "--adam_weight_decay",
      paramLabel = "X",
      description = "AdamW's decoupled weight decay (default: ${DEFAULT-VALUE}).")
  private double adamWeightDecay = 1e-2;

  @Option(
      names = "--adam_epsilon",
      paramLabel = "X",
      description = "AdamW's epsilon (default: ${DEFAULT-VALUE}).")
  private double adamEpsilon = 1e-8;

  @Option(
      names = "--max_grad_norm",
      paramLabel = "X",
      description = "Largest global L2 norm of the gradient (default: ${DEFAULT-VALUE}).")
  private double maxGradNorm = 1;

  @Option(names = "--use_8bit_adam", arity = "0..1", fallbackValue = "true", hidden = true)
  private boolean use8bitAdam;

  OptimizerConfig optimizer(Problems problems, BatchConfig batch) {
    positive(problems, "--learning_rate", learningRate);
    positive(problems, "--adam_epsilon", adamEpsilon);
    problems.require(
        maxGradNorm > 0, "--max_grad_norm", maxGradNorm, "it must be positive; inf does not clip");
    problems.require(
        adamBeta1 >= 0 && adamBeta1 < 1, "--adam_beta1", adamBeta1, "it must be in [0, 1)");
    problems.require(
        adamBeta2 >= 0 && adamBeta2 < 1, "--adam_beta2", adamBeta2, "it must be in [0, 1)");
    problems.require(
        adamWeightDecay >= 0 && Double.isFinite(adamWeightDecay),
        "--adam_weight_decay",
        adamWeightDecay,
        "it must not be negative");
    problems.unsupported(
        use8bitAdam,
        "--use_8bit_adam",
        "the optimizer's state is the adapter's size and lives on the driver; leave it out");
    double rate =
        scaleLr ? learningRate * batch.microBatches() * batch.trainBatchSize() : learningRate;
    return new OptimizerConfig(
        rate, adamBeta1, adamBeta2, adamWeightDecay, adamEpsilon, maxGradNorm);
  }

  TrainingConfig.Schedule schedule(Problems problems) {
    problems.require(
        lrWarmupSteps >= 0, "--lr_warmup_steps", lrWarmupSteps, "it must not be negative");
    problems.require(lrNumCycles >= 1, "--lr_num_cycles", lrNumCycles, "it must be at least 1");
    positive(problems, "--lr_power", lrPower);
    LrScheduler scheduler =
        problems.choice("--lr_scheduler", lrScheduler, LrScheduler.values(), LrScheduler.CONSTANT);
    return new TrainingConfig.Schedule(scheduler, lrWarmupSteps, lrNumCycles, lrPower);
  }

  private static void positive(Problems problems, String flag, double value) {
    problems.require(
        value > 0 && Double.isFinite(value), flag, value, "it must be a positive number");
  }
}
