package org.sparklora.report.track;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.report.RunEvent;
import org.sparklora.report.RunEvent.RunDescription;
import org.sparklora.report.RunEvent.ValidationPicture;
import org.sparklora.report.RunListener;
import org.sparklora.store.StoreFile;

/**
 * Writes an offline run of Weights &amp; Biases, which {@code wandb sync} uploads. It needs no key
 * and talks to no server. A run that goes on from a checkpoint goes on in the same offline run,
 * without the rows after the checkpoint.
 */
final class WandbTracker implements RunListener {
  private static final Logger LOG = LoggerFactory.getLogger(WandbTracker.class);
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd_HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";
  private static final int ID_LETTERS = 8;

  private final Path folder;
  private final Configuration hadoop;
  private final String project;
  private final Optional<String> givenName;
  private final Map<String, String> environment;
  private final StepMetrics metrics = new StepMetrics();
  private final WandbLog log = new WandbLog();
  private Optional<RunDescription> description = Optional.empty();
  private Optional<Path> runFolder = Optional.empty();
  private Optional<LogFile> file = Optional.empty();
  private Instant began = Instant.EPOCH;
  private long records;

  /**
   * A tracker.
   *
   * @param folder where offline runs are kept
   * @param environment may have WANDB_PROJECT, WANDB_ENTITY, WANDB_NAME, WANDB_RUN_ID,
   *     WANDB_RUN_GROUP, WANDB_NOTES, WANDB_TAGS
   */
  WandbTracker(
      Path folder,
      Configuration hadoop,
      String project,
      Optional<String> givenName,
      Map<String, String> environment) {
    this.folder = folder;
    this.hadoop = hadoop;
    this.project = project;
    this.givenName = givenName;
    this.environment = environment;
  }

  @Override
  public void on(RunEvent event) {
    try {
      if (event instanceof RunEvent.Started started) {
        description = Optional.of(started.run());
      } else if (event instanceof RunEvent.Training training) {
        open(training);
      } else if (file.isPresent()) {
        write(event);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write to " + folder + ": " + e.getMessage(), e);
    }
  }

  private void open(RunEvent.Training training) throws IOException {
    began = training.at();
    StoreFile known = StoreFile.plain(new Path(folder, "offline-run.txt"), hadoop);
    Optional<String> earlier =
        training.firstStep() == 0
            ? Optional.empty()
            : known.read().map(bytes -> new String(bytes, StandardCharsets.UTF_8).strip());
    String name =
        earlier.orElseGet(() -> "offline-run-" + TIME.format(began) + "-" + runId(environment));
    String id = name.substring(name.lastIndexOf('-') + 1);
    Path run = new Path(folder, name);
    runFolder = Optional.of(run);
    StoreFile target = StoreFile.plain(new Path(run, "run-" + id + ".wandb"), hadoop);
    List<byte[]> kept =
        (earlier.isPresent() ? target.read() : Optional.<byte[]>empty())
            .map(WandbLog::read)
            .orElse(List.of());
    LogFile opened =
        target.isObjectStore() ? new RewrittenObject(target) : new StreamedLogFile(target);
    file = Optional.of(opened);
    opened.append(log.header());
    for (byte[] record : kept) {
      if (WandbRecord.isKept(record, training.firstStep())) {
        opened.append(log.frame(record));
        records = Math.max(records, WandbRecord.number(record));
      }
    }
    if (records == 0) {
      add(run(id));
    }
    opened.flush(true);
    known.replace(out -> out.write(name.getBytes(StandardCharsets.UTF_8)));
    LOG.info("W&B: an offline run; upload it with: wandb sync {}", run);
  }

  private static String runId(Map<String, String> environment) {
    String given = environment.getOrDefault("WANDB_RUN_ID", "");
    if (!given.isEmpty()) {
      return given;
    }
    SecureRandom random = new SecureRandom();
    StringBuilder id = new StringBuilder();
    while (id.length() < ID_LETTERS) {
      id.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
    }
    return id.toString();
  }

  private byte[] run(String id) {
    RunDescription described = description.orElseThrow();
    Map<String, String> config = new TreeMap<>(described.flags());
    config.put("output_dir", described.outputDir());
    config.put("trained_parameters", String.valueOf(described.parameters()));
    String tags = variable("WANDB_TAGS", "");
    return WandbRecord.run(
        next(),
        new WandbRecord.Names(
            id,
            variable("WANDB_ENTITY", ""),
            variable("WANDB_PROJECT", project),
            variable("WANDB_RUN_GROUP", ""),
            givenName.orElse(variable("WANDB_NAME", described.name())),
            variable("WANDB_NOTES", "")),
        tags.isEmpty() ? List.of() : List.of(tags.split("\\s*,\\s*", -1)),
        config,
        began);
  }

  private String variable(String name, String fallback) {
    String value = environment.getOrDefault(name, "");
    return value.isEmpty() ? fallback : value;
  }

  private long next() {
    return ++records;
  }

  private void add(byte[] record) throws IOException {
    file.orElseThrow().append(log.frame(record));
  }

  private void write(RunEvent event) throws IOException {
    LogFile open = file.orElseThrow();
    if (event instanceof RunEvent.Stepped step) {
      history(step.at(), step.count(), metrics.of(step));
      open.flush(false);
    } else if (event instanceof RunEvent.Validated validated) {
      validated(validated);
      open.flush(true);
    } else if (event instanceof RunEvent.Finished end) {
      end(end.at(), 0);
    } else if (event instanceof RunEvent.Failed end) {
      end(end.at(), 1);
    } else if (event instanceof RunEvent.Killed end) {
      end(end.at(), 1);
    }
  }

  private void history(Instant at, long step, Map<String, ?> values) throws IOException {
    Map<String, Object> row = new LinkedHashMap<>(values);
    row.put("_step", step);
    row.put("_timestamp", at.toEpochMilli() / 1e3);
    row.put("_runtime", (at.toEpochMilli() - began.toEpochMilli()) / 1e3);
    add(WandbRecord.history(next(), step, row));
  }

  private void validated(RunEvent.Validated validated) throws IOException {
    Map<String, Object> row = new LinkedHashMap<>();
    validated.loss().ifPresent(loss -> row.put(StepMetrics.HELD_OUT_LOSS, loss));
    List<ValidationPicture> pictures = validated.pictures();
    List<String> paths = new ArrayList<>();
    List<String> captions = new ArrayList<>();
    List<PicturePair> pairs = pictures.stream().map(PicturePair::of).toList();
    for (int i = 0; i < pairs.size(); i++) {
      String path =
          String.format(Locale.ROOT, "media/images/validation_%d_%d.png", validated.step(), i);
      byte[] png = pairs.get(i).png();
      StoreFile.plain(new Path(runFolder.orElseThrow(), "files/" + path), hadoop)
          .replace(out -> out.write(png));
      paths.add(path);
      captions.add(pictures.get(i).prompt() + " (seed " + pictures.get(i).seed() + ")");
    }
    if (!paths.isEmpty()) {
      Map<String, Object> images = new LinkedHashMap<>();
      images.put("_type", "images/separated");
      images.put("width", pairs.get(0).width());
      images.put("height", pairs.get(0).height());
      images.put("format", "png");
      images.put("count", paths.size());
      images.put("filenames", paths);
      images.put("captions", captions);
      row.put("validation", images);
      add(WandbRecord.files(next(), paths));
    }
    history(validated.at(), validated.step(), row);
  }

  private void end(Instant at, int code) throws IOException {
    add(WandbRecord.exit(next(), code, at.getEpochSecond() - began.getEpochSecond()));
    file.orElseThrow().flush(true);
  }

  @Override
  public void close() {
    file.ifPresent(
        open -> {
          try {
            open.close();
          } catch (IOException e) {
            throw new UncheckedIOException("Cannot write to " + folder, e);
          }
        });
  }
}
