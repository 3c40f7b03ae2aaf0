package org.sparklora.cli.training;

import java.util.Optional;
import org.sparklora.cli.config.Problems;
import org.sparklora.data.row.Subjects;
import org.sparklora.pipeline.request.ValidationConfig;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.train.checkpoint.Checkpoints;
import picocli.CommandLine.Option;

/** Many subjects in one run. */
public final class SubjectOptions {
  @Option(
      names = "--subject_column",
      paramLabel = "NAME",
      description =
          "Column in Parquet with the subject of each row. An adapter is trained for each subject,"
              + " in a folder of its own in --output_dir. --instance_prompt may have {subject} in"
              + " it.")
  private String subjectColumn = "";

  /**
   * A run that trains each subject, if a column is given.
   *
   * @param run configuration from the other flags
   */
  public TrainingConfig complete(Problems problems, TrainingConfig run) {
    Optional<String> withPlace =
        run.data().sets().stream()
            .flatMap(set -> set.prompt().stream())
            .filter(text -> text.contains(Subjects.PLACE))
            .findFirst();
    if (subjectColumn.isEmpty()) {
      problems.require(
          withPlace.isEmpty(),
          "--instance_prompt",
          withPlace.orElse(""),
          "{subject} stands for what is in --subject_column, which is not given");
      return run;
    }
    ValidationConfig validation = run.validation();
    unsupported(
        problems,
        !validation.prompts().isEmpty(),
        "--validation_prompt",
        "draw pictures from a subject's adapter afterwards, with generate --adapter");
    unsupported(
        problems,
        validation.split() > 0,
        "--validation_split",
        "all of a subject's few pictures are trained on");
    unsupported(
        problems,
        validation.datasetName().isPresent(),
        "--validation_dataset_name",
        "there is not one adapter whose loss could be computed, but many");
    unsupported(
        problems,
        run.data().isJoined(),
        "--data_sets",
        "the rows of one data set name the subjects");
    unsupported(
        problems,
        run.data().maxTrainSamples().isPresent(),
        "--max_train_samples",
        "it would leave out pictures of some subjects: remove rows from the data set instead");
    unsupported(
        problems,
        run.hub().publish().isPresent(),
        "--push_to_hub",
        "publish a subject's folder afterwards, with push");
    unsupported(
        problems,
        run.checkpoints()
            .resumeFromCheckpoint()
            .filter(from -> !from.equals(Checkpoints.LATEST))
            .isPresent(),
        "--resume_from_checkpoint FOLDER",
        "with latest each subject goes on from its own");
    return run.with(run.data().bySubject(subjectColumn));
  }

  private static void unsupported(Problems problems, boolean given, String flag, String instead) {
    problems.unsupported(given, flag + " with --subject_column", instead);
  }
}
