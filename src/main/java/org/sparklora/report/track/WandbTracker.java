package org.sparklora.report.track;

import java.io.IOException;
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
import org.sparklora.report.event.RunEvent;
import org.sparklora.report.event.RunEvent.RunDescription;
import org.sparklora.report.event.RunEvent.ValidationPicture;
import org.sparklora.store.StoreFile;

/**
 * Writes an offline run of Weights &amp; Biases, which {@code wandb sync} uploads. It needs no key
 * and talks to no server. A resumed run continues the same offline run, without the rows after the
 * checkpoint.
 */
final class WandbTracker extends FileTracker {
  private static final Logger LOG = LoggerFactory.getLogger(WandbTracker.class);
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd_HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";
  private static final int ID_LETTERS = 8;

  private final Configuration hadoop;
  private final String project;
  private final Optional<String> givenName;
  private final Map<String, String> environment;
  private final StepMetrics metrics = new StepMetrics();
  private final WandbLog log = new WandbLog();
  private Optional<Path> runFolder = Optional.empty();
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
    super(folder);
    this.hadoop = hadoop;
    this.project = project;
    this.givenName = givenName;
    this.environment = environment;
  }

  @Override
  void begin(RunDescription described, RunEvent.Training training) throws IOException {
    began = training.at();
    StoreFile known = StoreFile.of(new Path(folder(), "offline-run.txt"), hadoop);
    Optional<String> earlier =
        training.firstStep() == 0
            ? Optional.empty()
            : known.read().map(bytes -> new String(bytes, StandardCharsets.UTF_8).strip());
    String name =
        earlier.orElseGet(() -> "offline-run-" + TIME.format(began) + "-" + runId(environment));
    String id = name.substring(name.lastIndexOf('-') + 1);
    Path run = new Path(folder(), name);
    runFolder = Optional.of(run);
    StoreFile target = StoreFile.of(new Path(run, "run-" + id + ".wandb"), hadoop);
    List<byte[]> kept =
        (earlier.isPresent() ? target.read() : Optional.<byte[]>empty())
            .map(WandbLog::read)
            .orElse(List.of());
    known.replace(out -> out.write(name.getBytes(StandardCharsets.UTF_8)));
    LOG.info("W&B: an offline run; upload it with: wandb sync {}", run);
    LogFile opened =
        keep(
            target.isObjectStore()
                ? new RewrittenObject(target)
                : new GrowingFile(target, !kept.isEmpty()));
    opened.append(log.header());
    for (byte[] record : kept) {
      if (WandbRecord.isKept(record, training.firstStep())) {
        opened.append(log.frame(record));
        records = Math.max(records, WandbRecord.number(record));
      }
    }
    if (records == 0) {
      add(opened, run(id, described));
    }
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

  private byte[] run(String id, RunDescription described) {
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

  private void add(LogFile open, byte[] record) {
    open.append(log.frame(record));
  }

  @Override
  boolean add(LogFile open, RunEvent event) throws IOException {
    if (event instanceof RunEvent.Stepped step) {
      history(open, step.at(), step.count(), metrics.of(step));
      return false;
    }
    if (event instanceof RunEvent.Validated validated) {
      validated(open, validated);
    } else if (event instanceof RunEvent.Finished end) {
      end(open, end.at(), 0);
    } else if (event instanceof RunEvent.Failed end) {
      end(open, end.at(), 1);
    } else if (event instanceof RunEvent.Killed end) {
      end(open, end.at(), 1);
    } else {
      return false;
    }
    return true;
  }

  private void history(LogFile open, Instant at, long step, Map<String, ?> values) {
    Map<String, Object> row = new LinkedHashMap<>(values);
    row.put("_step", step);
    row.put("_timestamp", at.toEpochMilli() / 1e3);
    row.put("_runtime", (at.toEpochMilli() - began.toEpochMilli()) / 1e3);
    add(open, WandbRecord.history(next(), step, row));
  }

  private void validated(LogFile open, RunEvent.Validated validated) throws IOException {
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
      StoreFile.of(new Path(runFolder.orElseThrow(), "files/" + path), hadoop)
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
      add(open, WandbRecord.files(next(), paths));
    }
    history(open, validated.at(), validated.step(), row);
  }

  private void end(LogFile open, Instant at, int code) {
    add(open, WandbRecord.exit(next(), code, at.getEpochSecond() - began.getEpochSecond()));
  }
}
