package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.data.TestDataset;
import org.sparklora.store.FaultyDisk;
import org.sparklora.train.checkpoint.Checkpoints;

/** An adapter for each subject of a column, on the embedded model. */
@Tag("long")
class ManySubjectsIT {
  private static final String ADAPTER = "pytorch_lora_weights.safetensors";
  private static final int STEPS = 4;
  private static final MessageType SUBJECTS =
      MessageTypeParser.parseMessageType(
          """
          message schema {
            optional group image { optional binary bytes; optional binary path (STRING); }
            optional binary subject (STRING);
          }
          """);

  @TempDir private static Path folder;

  /** Rows of three subjects, mixed, their pictures of unlike shapes. */
  @BeforeAll
  static void writeData() throws IOException {
    List<Consumer<Group>> all = new ArrayList<>();
    List<String> subjects = List.of("dog", "red fox", "dog", "cat", "dog", "cat", "red fox");
    for (int row = 0; row < subjects.size(); row++) {
      all.add(row(picture(row), subjects.get(row)));
    }
    write("all", all);
    for (String subject : List.of("dog", "red fox", "cat")) {
      List<Consumer<Group>> alone = new ArrayList<>();
      for (int row = 0; row < subjects.size(); row++) {
        if (subjects.get(row).equals(subject)) {
          alone.add(row(picture(row), subject));
        }
      }
      write(subject, alone);
    }
  }

  @Test
  void eachSubjectsAdapterHasTheBytesOfARunOfItsOwn() throws IOException {
    Path out = folder.resolve("together");
    CommandRun run = subjects(out, "local[2]", "--checkpointing_steps=2");
    assertThat(run.code()).as(run.err()).isZero();
    for (String subject : List.of("dog", "red fox", "cat")) {
      Path own = out.resolve(subject.replace(' ', '_'));
      assertThat(adapter(own)).as(subject).isEqualTo(alone(subject));
      assertThat(own.resolve("checkpoint-2/manifest.json")).exists();
      assertThat(own.resolve("checkpoint-4").resolve(ADAPTER))
          .hasBinaryContent(Files.readAllBytes(own.resolve(ADAPTER)));
      assertThat(Files.readString(own.resolve("README.md"))).contains("# " + subject);
    }
    assertThat(out.resolve("report.html")).exists();
    assertThat(out.resolve("latents").toFile().list()).as("prepared once").hasSize(1);
  }

  @Test
  void classImagesAndTheTextEncoderAreTrainedOnWithEachSubject() throws IOException {
    Path dogs = folder.resolve("class");
    Files.createDirectories(dogs);
    for (int i = 0; i < 4; i++) {
      Files.write(dogs.resolve(i + ".png"), picture(20 + i));
    }
    String[] prior = {
      "--with_prior_preservation",
      "--class_data_dir=" + dogs,
      "--class_prompt=a photo of an animal",
      "--num_class_images=4",
      "--train_text_encoder",
      "--max_train_steps=2"
    };
    Path out = folder.resolve("prior");
    CommandRun run = subjects(out, "local[2]", prior);
    assertThat(run.code()).as(run.err()).isZero();
    byte[] alone = alone("cat", folder.resolve("prior-cat"), prior);
    assertThat(adapter(out.resolve("cat"))).isEqualTo(alone);
    assertThat(adapter(out.resolve("dog"))).isNotEqualTo(alone);
  }

  @Test
  void aRunGoesOnWhereAnotherWasStopped() throws IOException {
    Path out = folder.resolve("stopped");
    CommandRun first = subjects(out, "local[2]", "--max_train_steps=3", "--checkpointing_steps=2");
    assertThat(first.code()).as(first.err()).isZero();
    // As if the run had been killed: the fox never begun, the cat after its first checkpoint.
    delete(out.resolve("red_fox"));
    Files.delete(out.resolve("cat/subject.json"));
    CommandRun second =
        subjects(out, "local[2]", "--checkpointing_steps=2", "--resume_from_checkpoint=latest");
    assertThat(second.code()).as(second.err()).isZero();
    for (String subject : List.of("dog", "red fox", "cat")) {
      assertThat(adapter(out.resolve(subject.replace(' ', '_'))))
          .as(subject)
          .isEqualTo(alone(subject));
    }
    byte[] finished = Files.readAllBytes(out.resolve("dog/_lease/2.json"));
    CommandRun third = subjects(out, "local[2]", "--resume_from_checkpoint=latest");
    assertThat(third.code()).as(third.err()).isZero();
    assertThat(out.resolve("dog/_lease/2.json")).as("not touched").hasBinaryContent(finished);
    assertThat(out.resolve("dog/_lease/3.json")).doesNotExist();
    CommandRun changed = subjects(out, "local[2]", "--rank=2", "--resume_from_checkpoint=latest");
    assertThat(changed.code()).isEqualTo(2);
    assertThat(changed.err())
        .contains("Cannot resume from file:" + out + ": rank was 4 and is now 2")
        .doesNotContain("cat");
  }

  @Test
  void aSubjectThatFailsIsNamedAndTheOthersFinish() throws IOException {
    List<Consumer<Group>> rows = new ArrayList<>();
    rows.add(row(picture(0), "dog"));
    rows.add(row(new byte[] {1, 2, 3}, "blank"));
    rows.add(row(picture(3), "cat"));
    rows.add(row(picture(2), "dog"));
    rows.add(row(picture(4), "dog"));
    write("failing", rows);
    Path out = folder.resolve("failing-out");
    Files.createDirectories(out);
    Files.writeString(out.resolve("cat"), "where the cat's folder would be");
    CommandRun run =
        subjects(
            out, "local[1]", "--dataset_name=" + folder.resolve("failing"), "--on_bad_image=skip");
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err())
        .contains("2 of 3 subjects failed, the others are written")
        .contains("blank: none of its pictures can be used")
        .contains("cat: ");
    assertThat(adapter(out.resolve("dog"))).isEqualTo(alone("dog"));
  }

  /** The disk is full whenever something of the cat's checkpoints is written. */
  @Test
  void aDiskThatIsFullForOneSubjectIsNamedAndTheOthersFinish() throws IOException {
    Path out = folder.resolve("full");
    Configuration disk =
        FaultyDisk.configuration(
            (operation, path) -> {
              if (operation.equals("write") && path.toString().contains("/full/cat/checkpoint-")) {
                throw FaultyDisk.full();
              }
            });
    List<String> settings = List.of("faulty.disk", "fs.file.impl", "fs.file.impl.disable.cache");
    settings.forEach(key -> System.setProperty("spark.hadoop." + key, disk.get(key)));
    CommandRun run;
    try {
      run = subjects(out, "local[2]", "--checkpointing_steps=2");
    } finally {
      settings.forEach(key -> System.clearProperty("spark.hadoop." + key));
    }
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err())
        .contains("1 of 3 subjects failed, the others are written: cat: No space left on device");
    assertThat(out.resolve("cat").resolve(ADAPTER)).doesNotExist();
    assertThat(adapter(out.resolve("dog"))).isEqualTo(alone("dog"));
    assertThat(adapter(out.resolve("red_fox"))).isEqualTo(alone("red fox"));
    CommandRun again =
        subjects(out, "local[2]", "--checkpointing_steps=2", "--resume_from_checkpoint=latest");
    assertThat(again.code()).as(again.err()).isZero();
    assertThat(adapter(out.resolve("cat"))).isEqualTo(alone("cat"));
  }

  @Test
  void aRunThatIsToldToEndSavesTheLastStepOfEachSubject() throws Exception {
    Path out = folder.resolve("told");
    String[] flags = {"--max_train_steps=12", "--checkpointing_steps=5"};
    Path log = folder.resolve("told.log");
    Process run = start(log, arguments(out, "local[2]", flags));
    while (!Files.exists(out.resolve("dog/checkpoint-5/manifest.json"))) {
      assertThat(run.waitFor(50, TimeUnit.MILLISECONDS)).as(Files.readString(log)).isFalse();
    }
    run.destroy();
    assertThat(run.waitFor(60, TimeUnit.SECONDS)).isTrue();
    List<Long> saved = new ArrayList<>();
    for (String subject : List.of("dog", "cat", "red_fox")) {
      saved.addAll(checkpoints(out.resolve(subject)));
    }
    assertThat(saved).as(Files.readString(log)).anyMatch(step -> step % 5 != 0);
    CommandRun again =
        CommandRun.of(
            arguments(out, "local[2]", flags[0], flags[1], "--resume_from_checkpoint=latest")
                .toArray());
    assertThat(again.code()).as(again.err()).isZero();
    Path calm = folder.resolve("told-calm");
    assertThat(subjects(calm, "local[2]", flags).code()).isZero();
    for (String subject : List.of("dog", "red_fox", "cat")) {
      assertThat(adapter(out.resolve(subject))).isEqualTo(adapter(calm.resolve(subject)));
    }
  }

  private static List<Long> checkpoints(Path subject) throws IOException {
    if (!Files.exists(subject)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(subject)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(Checkpoints::isFolder)
          .map(Checkpoints::step)
          .toList();
    }
  }

  private static Process start(Path log, List<Object> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(EmbeddedLaunch.sparkArguments());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    arguments.forEach(argument -> command.add(argument.toString()));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }

  /** Its subject is trained again from its last checkpoint, by whoever is free. */
  @Test
  @Tag("slow")
  void aLostExecutorCostsItsSubjectNoByte() throws Exception {
    Path out = folder.resolve("lost");
    Thread killer = new Thread(() -> killAnExecutor(out));
    killer.start();
    CommandRun run =
        subjects(out, "local-cluster[2,1,1024]", "--max_train_steps=16", "--checkpointing_steps=2");
    assertThat(run.code()).as(run.err()).isZero();
    killer.join();
    assertThat(killed).as("an executor was killed").isPresent();
    assertThat(Files.readString(out.resolve("report.html"))).contains("is gone");
    Path calm = folder.resolve("calm");
    assertThat(subjects(calm, "local[2]", "--max_train_steps=16").code()).isZero();
    for (String subject : List.of("dog", "red_fox", "cat")) {
      assertThat(adapter(out.resolve(subject))).isEqualTo(adapter(calm.resolve(subject)));
    }
  }

  private static volatile Optional<Long> killed = Optional.empty();

  /** As soon as a subject has a checkpoint. */
  private static void killAnExecutor(Path out) {
    try {
      // Ten minutes, on a busy machine.
      for (int i = 0; i < 12_000 && killed.isEmpty(); i++) {
        Thread.sleep(50);
        if (Files.exists(out.resolve("dog/checkpoint-2/manifest.json"))) {
          killed =
              ProcessHandle.current()
                  .descendants()
                  .filter(ManySubjectsIT::isExecutor)
                  .filter(ProcessHandle::destroyForcibly)
                  .findFirst()
                  .map(ProcessHandle::pid);
        }
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean isExecutor(ProcessHandle process) {
    return process.info().command().filter(command -> command.endsWith("java")).isPresent();
  }

  private static CommandRun subjects(Path out, String master, String... flags) {
    return CommandRun.of(arguments(out, master, flags).toArray());
  }

  private static List<Object> arguments(Path out, String master, String... flags) {
    List<Object> args = new ArrayList<>(flags("all", out, master));
    args.add("--subject_column=subject");
    args.add("--instance_prompt=a photo of {subject}");
    LaterFlags.add(args, flags);
    return args;
  }

  private static byte[] alone(String subject) throws IOException {
    return alone(subject, folder.resolve("alone-" + subject));
  }

  /** The adapter of a run that trains one subject. */
  private static byte[] alone(String subject, Path out, String... flags) throws IOException {
    if (!Files.exists(out.resolve(ADAPTER))) {
      List<Object> args = new ArrayList<>(flags(subject, out, "local[2]"));
      args.add("--instance_prompt=a photo of " + subject);
      LaterFlags.add(args, flags);
      CommandRun run = CommandRun.of(args.toArray());
      assertThat(run.code()).as(run.err()).isZero();
    }
    return adapter(out);
  }

  private static List<String> flags(String data, Path out, String master) {
    return List.of(
        "dreambooth",
        "--master=" + master,
        "--pretrained_model_name_or_path=" + SmallRun.MODEL,
        "--dataset_name=" + folder.resolve(data),
        "--output_dir=" + out,
        "--resolution=64",
        "--random_flip",
        "--caption_dropout_rate=0.3",
        "--train_batch_size=1",
        "--gradient_accumulation_steps=3",
        "--learning_rate=1e-3",
        "--use_ema",
        "--seed=5",
        "--max_train_steps=" + STEPS);
  }

  private static byte[] adapter(Path out) throws IOException {
    return Files.readAllBytes(out.resolve(ADAPTER));
  }

  private static Consumer<Group> row(byte[] picture, String subject) {
    return group -> {
      group
          .addGroup("image")
          .add("bytes", org.apache.parquet.io.api.Binary.fromConstantByteArray(picture));
      group.add("subject", subject);
    };
  }

  private static byte[] picture(int seed) {
    Random random = new Random(seed);
    return TestDataset.noise(64 + random.nextInt(40), 64 + random.nextInt(40), seed);
  }

  private static void write(String name, List<Consumer<Group>> rows) throws IOException {
    Path data = folder.resolve(name);
    Files.createDirectories(data);
    TestDataset.write(data.resolve("pictures.parquet"), SUBJECTS, rows);
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(file);
      }
    }
  }
}
