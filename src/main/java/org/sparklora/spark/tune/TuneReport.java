package org.sparklora.spark.tune;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.sparklora.report.event.RunEvent.ValidationPicture;
import org.sparklora.report.page.TuneModel;
import org.sparklora.report.page.TunePage;
import org.sparklora.spark.run.OutputContents;
import org.sparklora.spark.run.TrainingOutput;

/** Writes what a sweep has found: {@code tune.json} for programs, {@code tune.html} for people. */
final class TuneReport {
  private TuneReport() {}

  /**
   * Writes both.
   *
   * @param pictures by the trials' numbers
   */
  static void write(
      TrainingOutput output, TuneFile file, Map<Integer, List<ValidationPicture>> pictures)
      throws IOException {
    write(output, file, pictures, false);
  }

  /** Writes both for a run that ends before its last rung. */
  static void writeStopped(TrainingOutput output, TuneFile file) throws IOException {
    write(output, file, Map.of(), true);
  }

  private static void write(
      TrainingOutput output,
      TuneFile file,
      Map<Integer, List<ValidationPicture>> pictures,
      boolean stopped)
      throws IOException {
    TuneModel model =
        new TuneModel(
            output.folder().getName(),
            output.config().model().place(),
            String.join(", ", output.config().data().places()),
            file.rungs(),
            file.best(),
            file.trials().stream()
                .map(entry -> trial(entry, pictures.getOrDefault(entry.trial(), List.of())))
                .toList(),
            stopped,
            Instant.now());
    byte[] page = TunePage.of(model).getBytes(StandardCharsets.UTF_8);
    output.write(new Path(OutputContents.SWEEP_PAGE), out -> out.write(page));
    file.write(output);
  }

  private static TuneModel.Trial trial(TuneFile.Entry entry, List<ValidationPicture> pictures) {
    return new TuneModel.Trial(
        entry.trial(),
        entry.flags(),
        entry.latents(),
        TuneModel.End.valueOf(entry.ended().toUpperCase(Locale.ROOT)),
        entry.steps(),
        entry.failure(),
        entry.sha256(),
        losses(entry.heldOutLosses()),
        losses(entry.trainingLosses()),
        pictures);
  }

  private static List<TuneModel.Loss> losses(List<TrialRecord.Point> points) {
    return points.stream().map(point -> new TuneModel.Loss(point.step(), point.loss())).toList();
  }
}
