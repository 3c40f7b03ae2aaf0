package org.sparklora.report.page;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.TreeSet;
import org.sparklora.report.event.RunEvent.ValidationPicture;

/**
 * The content of a sweep's page.
 *
 * @param name of the sweep
 * @param rungs steps at which trials were ranked, the last one included
 * @param best number of the best trial; 0 before there is one
 * @param stopped whether the run has ended before its last rung
 * @param written the time of this page
 */
public record TuneModel(
    String name,
    String baseModel,
    String dataset,
    List<Long> rungs,
    int best,
    List<Trial> trials,
    boolean stopped,
    Instant written) {
  public TuneModel {
    rungs = List.copyOf(rungs);
    trials = List.copyOf(trials);
  }

  /** How a trial's training ended. */
  public enum End {
    RUNNING,
    FINISHED,
    STOPPED,
    FAILED
  }

  /** A loss after so many steps. */
  public record Loss(long step, double value) {}

  /**
   * A trial.
   *
   * @param flags those that are searched
   * @param latents name of its latent cache; empty before the first rung
   * @param steps number of steps that it was trained
   * @param failure why it failed; otherwise empty
   * @param sha256 of its adapter; empty before there is one
   * @param pictures the validation prompts with its last adapter
   */
  public record Trial(
      int number,
      Map<String, String> flags,
      String latents,
      End end,
      long steps,
      String failure,
      String sha256,
      List<Loss> heldOut,
      List<Loss> training,
      List<ValidationPicture> pictures) {
    public Trial {
      flags = new TreeMap<>(flags);
      heldOut = List.copyOf(heldOut);
      training = List.copyOf(training);
      pictures = List.copyOf(pictures);
    }

    String title() {
      return "trial " + number;
    }

    OptionalDouble loss() {
      return heldOut.stream()
          .filter(loss -> loss.step() == steps && steps > 0)
          .mapToDouble(Loss::value)
          .findFirst();
    }
  }

  /** The best first: those that got farther, and of these the ones with the lower loss. */
  List<Trial> ranked() {
    return trials.stream()
        .sorted(
            Comparator.comparing((Trial trial) -> trial.end() == End.FAILED)
                .thenComparing(Trial::steps, Comparator.reverseOrder())
                .thenComparingDouble(trial -> trial.loss().orElse(Double.MAX_VALUE))
                .thenComparingInt(Trial::number))
        .toList();
  }

  Optional<Trial> bestTrial() {
    return trials.stream().filter(trial -> trial.number() == best).findFirst();
  }

  /** The flags that differ, in the order of their names. */
  List<String> flags() {
    TreeSet<String> names = new TreeSet<>();
    trials.forEach(trial -> names.addAll(trial.flags().keySet()));
    return List.copyOf(names);
  }

  /** Whether trials have latents of their own, so that losses are of pictures encoded otherwise. */
  boolean hasSeveralCaches() {
    return trials.stream().map(Trial::latents).filter(name -> !name.isEmpty()).distinct().count()
        > 1;
  }

  /** The state of the run, as one word. */
  String state() {
    return stopped ? "Stopped" : best > 0 ? "Finished" : "Training";
  }

  long lastStep() {
    return rungs.isEmpty() ? 1 : rungs.get(rungs.size() - 1);
  }
}
