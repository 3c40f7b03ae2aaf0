package org.sparklora.spark.subjects;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.sparklora.data.cache.SubjectIndex;
import org.sparklora.data.order.SubjectSamples;
import org.sparklora.model.BaseModelIdentity;
import org.sparklora.spark.run.FinishedSubject;
import org.sparklora.spark.run.Recipe;
import org.sparklora.spark.run.SubjectFolders;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.spark.run.TrainingOutput;
import org.sparklora.spark.worker.AdapterWorkerFactory;
import org.sparklora.train.checkpoint.Checkpoint;
import org.sparklora.train.checkpoint.Checkpoints;
import org.sparklora.train.rate.LearningRateConfig;
import org.sparklora.train.step.GroupPlan;
import org.sparklora.util.InvalidInputException;

/**
 * The subjects that a run trains.
 *
 * @param subjects without a finished adapter
 * @param finished names of subjects that already have one, in a resumed run
 * @param failed subjects without a usable picture
 * @param steps number of all steps that are not trained yet
 */
public record SubjectPlan(
    List<Subject> subjects, List<String> finished, List<SubjectOutcome> failed, long steps) {

  /**
   * Makes plans from a configuration.
   *
   * @param leftOut what of the data set is not trained on, see {@link
   *     org.sparklora.spark.prepare.LeftOut}
   */
  public record Planner(
      TrainingConfig config,
      AdapterWorkerFactory factory,
      TrainingOutput output,
      List<String> leftOut,
      Configuration hadoop) {

    /**
     * Plans a run.
     *
     * @throws InvalidInputException when an existing adapter was made with another recipe, or for
     *     another subject
     */
    public SubjectPlan of(List<String> names) throws IOException {
      Map<String, SubjectSamples> samples = SubjectIndex.read(factory.latents(), hadoop);
      Map<String, String> folders = SubjectFolders.of(names);
      String base = BaseModelIdentity.of(config.model(), hadoop);
      boolean resume = config.checkpoints().resumeFromCheckpoint().isPresent();
      List<Subject> subjects = new ArrayList<>();
      List<String> finished = new ArrayList<>();
      List<SubjectOutcome> failed = new ArrayList<>();
      List<String> problems = new ArrayList<>();
      long steps = 0;
      for (String name : names) {
        if (!samples.containsKey(name)) {
          failed.add(SubjectOutcome.failed(name, "none of its pictures can be used"));
          continue;
        }
        Subject subject = subject(samples.get(name), folders.get(name), base, resume);
        Path folder = new Path(subject.folder());
        Optional<FinishedSubject> before = FinishedSubject.read(folder, hadoop);
        if (before.isPresent() && problems.isEmpty()) {
          // A recipe that differs for one subject differs for all.
          problems.addAll(problems(subject, before.get(), resume));
        }
        if (resume && before.filter(there -> there.steps() >= subject.steps()).isPresent()) {
          finished.add(name);
        } else {
          subjects.add(subject);
          steps += Math.max(0, subject.steps() - trained(subject, folder));
        }
      }
      if (!problems.isEmpty()) {
        throw new InvalidInputException(InvalidInputException.Kind.CONFIGURATION, problems);
      }
      if (!resume) {
        for (Subject subject : subjects) {
          FinishedSubject.delete(new Path(subject.folder()), hadoop);
        }
      }
      return new SubjectPlan(subjects, finished, failed, steps);
    }

    private Subject subject(SubjectSamples samples, String folder, String base, boolean resume)
        throws IOException {
      long perStep = (long) config.batch().microBatches() * config.batch().trainBatchSize();
      long slots = factory.order(samples.sizes()).epochSlots();
      long steps = config.length().steps(slots, perStep);
      LearningRateConfig learningRate = config.schedule().over(steps);
      TreeMap<String, String> recipe =
          new TreeMap<>(
              Recipe.of(
                  config,
                  base,
                  new Path(factory.latents()).getName(),
                  factory.prior().stream()
                      .map(images -> new Path(images.cache()).getName())
                      .findFirst(),
                  learningRate));
      recipe.put("subject", samples.name());
      Path path = new Path(output.folder(), folder);
      return new Subject(
          samples.name(),
          path.toString(),
          samples,
          steps,
          new GroupPlan(config.rates(), config.optimizer().learningRate(), learningRate)
              .groups(output.layout()),
          recipe,
          output.card(samples.name(), path.toString(), false, leftOut).text(),
          resume ? List.of() : checkpoints(path));
    }

    private List<String> checkpoints(Path folder) throws IOException {
      return new Checkpoints(hadoop, folder).list().stream().map(Path::getName).toList();
    }

    private long trained(Subject subject, Path folder) throws IOException {
      List<String> there = new ArrayList<>(checkpoints(folder));
      there.removeAll(subject.others());
      return there.isEmpty() ? 0 : Checkpoints.step(there.get(there.size() - 1));
    }

    private static List<String> problems(Subject subject, FinishedSubject there, boolean resume) {
      if (!there.subject().equals(subject.name())) {
        return List.of(
            String.format(
                Locale.ROOT,
                "Cannot write the adapter of %s: %s holds that of %s; rename one of them, or give"
                    + " another --output_dir",
                subject.name(),
                subject.folder(),
                there.subject()));
      }
      if (resume) {
        try {
          Checkpoint.requireSame(subject.folder(), there.recipe(), subject.recipe());
        } catch (InvalidInputException e) {
          return e.problems();
        }
      }
      return List.of();
    }
  }
}
