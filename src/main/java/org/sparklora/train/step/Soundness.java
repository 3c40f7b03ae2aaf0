package org.sparklora.train.step;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.sparklora.train.optimizer.Chunks;

/**
 * Detects training that has diverged. It checks the adapter's values after each step, and at the
 * end the number of skipped steps and the loss.
 *
 * <p>In fp16 the first steps are skipped until the loss scale fits. Such steps, whose loss is
 * finite and whose scale is above 1, are not counted.
 */
final class Soundness {
  /** The largest number of fp16, the type that many programs use adapters in. */
  static final float LARGEST_VALUE = 65504;

  private static final int MOST_LOSSES = 10;

  /** The loss may grow by this factor. A model that predicts nothing has a loss of about 1. */
  private static final double GROWTH = 1000;

  private static final String CURE =
      "; lower --learning_rate, set --max_grad_norm, or use --mixed_precision bf16 or no";

  private final List<Double> first = new ArrayList<>();
  private final Deque<Double> last = new ArrayDeque<>();
  private long skipped;
  private long taken;

  /**
   * @param skipped number of steps so far that were skipped and count
   */
  Soundness(long skipped) {
    this.skipped = skipped;
  }

  /** Number of skipped steps that count. */
  long skipped() {
    return skipped;
  }

  /** Records a step. */
  void take(StepResult step) {
    if (step.skipped() && (step.lossScale() <= 1 || !Double.isFinite(step.loss()))) {
      skipped++;
    }
    taken++;
    if (first.size() < MOST_LOSSES) {
      first.add(step.loss());
    }
    last.add(step.loss());
    if (last.size() > MOST_LOSSES) {
      last.remove();
    }
  }

  /**
   * Refuses values that no model can use.
   *
   * @param step that made the values
   * @throws TrainingDivergedException when one is not finite, or larger than fp16 can hold
   */
  static void requireUsable(float[] values, long step, StepNumbers numbers) {
    AtomicBoolean usable = new AtomicBoolean(true);
    Chunks.forEach(
        values.length,
        (from, to) -> {
          if (largestBits(values, from, to) > Float.floatToRawIntBits(LARGEST_VALUE)) {
            usable.set(false);
          }
        });
    if (usable.get()) {
      return;
    }
    for (float value : values) {
      if (!(Math.abs(value) <= LARGEST_VALUE)) {
        throw new TrainingDivergedException(
            "Cannot continue: step "
                + step
                + " made a value of the adapter "
                + value
                + " (learning rate "
                + numbers.learningRate()
                + ", gradient norm "
                + numbers.gradientNorm()
                + ")"
                + CURE);
      }
    }
  }

  /**
   * The bits of the largest magnitude. As whole numbers, bits without the sign are in the order of
   * the magnitudes, with infinity and NaN above all others.
   */
  private static int largestBits(float[] values, int from, int to) {
    int largest = 0;
    for (int i = from; i < to; i++) {
      largest = Math.max(largest, Float.floatToRawIntBits(values[i]) & Integer.MAX_VALUE);
    }
    return largest;
  }

  /** Numbers of a step, for the message. */
  record StepNumbers(double learningRate, double gradientNorm) {}

  /**
   * Refuses the result of a run that has diverged.
   *
   * @param steps of the run so far
   * @param updates of the adapter so far
   * @throws TrainingDivergedException with a message that says what is wrong and what to do
   */
  void require(long steps, long updates) {
    if (steps > 0 && updates == 0) {
      throw unusable("the gradient was finite in none of " + steps + " steps");
    }
    if (2 * skipped > steps) {
      throw unusable("the gradient was not finite in " + skipped + " of " + steps + " steps");
    }
    if (last.isEmpty()) {
      return;
    }
    int window = (int) Math.max(1, Math.min(MOST_LOSSES, taken / 4));
    List<Double> atEnd = new ArrayList<>(last).subList(last.size() - window, last.size());
    double end = median(atEnd);
    double begin = median(first.subList(0, window));
    if (!Double.isFinite(end)) {
      throw unusable("the loss of the last " + window + " steps is " + end);
    }
    if (end > GROWTH * Math.max(1, Double.isFinite(begin) ? begin : 1)) {
      throw unusable("the loss grew from " + begin + " to " + end);
    }
  }

  private static TrainingDivergedException unusable(String why) {
    return new TrainingDivergedException(
        "Cannot use what was trained: " + why + CURE + ". No adapter was written");
  }

  private static double median(List<Double> losses) {
    List<Double> sorted = new ArrayList<>(losses);
    Collections.sort(sorted); // NaN is sorted last
    return sorted.get(sorted.size() / 2);
  }
}
