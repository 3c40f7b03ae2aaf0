package org.sparklora.spark.run;

import java.util.OptionalDouble;
import java.util.Set;
import org.sparklora.data.image.ImageInterpolation;
import org.sparklora.train.optimizer.UpdateRuleConfig;
import org.sparklora.train.step.OptimizerConfig;
import org.sparklora.train.step.PartRates;

/**
 * The defaults of a script for SDXL where they differ from those of its script for Stable Diffusion
 * 1.x and 2.x. They stand for flags that were not given, once the base model is known.
 *
 * @param learningRate {@code --learning_rate}
 * @param weightDecay {@code --adam_weight_decay} of the rules that the script has
 * @param textEncoderRate {@code --text_encoder_lr}
 * @param textEncoderDecay {@code --adam_weight_decay_text_encoder}
 * @param interpolation {@code --image_interpolation_mode}
 */
public record XlDefaults(
    double learningRate,
    double weightDecay,
    double textEncoderRate,
    double textEncoderDecay,
    ImageInterpolation interpolation) {
  /** The defaults of {@code train_dreambooth_lora_sdxl.py}. */
  public static final XlDefaults DREAMBOOTH =
      new XlDefaults(1e-4, 1e-4, 5e-6, 1e-3, ImageInterpolation.LANCZOS);

  /** A run with these defaults for the flags that it was not given. */
  TrainingConfig on(TrainingConfig run) {
    Set<String> given = run.flags().keySet();
    OptimizerConfig optimizer = optimizer(run, given);
    PartRates rates = run.rates();
    if (run.trainables().trainsText()) {
      rates = rates(rates, optimizer.rule());
    }
    TrainingConfig changed = run.with(run.trainables(), rates, optimizer, run.length());
    return given.contains("image_interpolation_mode") ? changed : changed.resizedBy(interpolation);
  }

  private OptimizerConfig optimizer(TrainingConfig run, Set<String> given) {
    OptimizerConfig optimizer = run.optimizer();
    if (!given.contains("learning_rate") && !optimizer.rule().estimatesRate()) {
      boolean scaled = Boolean.parseBoolean(run.flags().get("scale_lr"));
      int samples = run.batch().microBatches() * run.batch().trainBatchSize();
      optimizer = optimizer.with(scaled ? learningRate * samples : learningRate);
    }
    return given.contains("adam_weight_decay") || !isOfScript(optimizer.rule())
        ? optimizer
        : optimizer.with(optimizer.rule().decayedBy(weightDecay));
  }

  /** Rules that estimate the rate have one for all, as in the script. */
  private PartRates rates(PartRates rates, UpdateRuleConfig rule) {
    OptionalDouble rate = rates.textEncoder();
    OptionalDouble decay = rates.textEncoderDecay();
    return rates.withTextEncoder(
        rate.isPresent() || rule.estimatesRate() ? rate : OptionalDouble.of(textEncoderRate),
        decay.isPresent() || !isOfScript(rule) ? decay : OptionalDouble.of(textEncoderDecay));
  }

  private static boolean isOfScript(UpdateRuleConfig rule) {
    return rule instanceof UpdateRuleConfig.AdamW
        || rule instanceof UpdateRuleConfig.AdamW8bit
        || rule instanceof UpdateRuleConfig.Prodigy;
  }
}
