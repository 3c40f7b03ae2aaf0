package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.data.TestDataset;
import org.sparklora.hub.HubServer;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.format.AdapterFile;

/** The whole command on the embedded model and real pictures, its workers real processes. */
class TrainingIT {
  private static final String ADAPTER = "pytorch_lora_weights.safetensors";

  @TempDir private static Path folder;

  private static byte[] expected;

  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void trainUndisturbed() throws IOException {
    Path out = folder.resolve("one");
    int code =
        new TrainingIT().train(out, "local-cluster[1,1,1024]", "--gradient_accumulation_steps=4");
    assertThat(code).isZero();
    expected = Files.readAllBytes(out.resolve(ADAPTER));
  }

  /** Model and data by their ids, and the result published: at first in vain, then by push. */
  @Test
  void twoWorkersThatReadTheHubGiveTheSameValues() throws IOException {
    try (HubServer hub = HubServer.start()) {
      hub.serve("models/lab/emoji", Path.of(SmallRun.MODEL));
      hub.serve("datasets/lab/noto", Path.of(SmallRun.DATA));
      hub.failCommits(5);
      hub.asSystemProperties(folder.resolve("hub"));
      Path out = folder.resolve("two");
      int code =
          train(
              out,
              "local-cluster[2,1,1024]",
              "--pretrained_model_name_or_path=lab/emoji",
              "--dataset_name=lab/noto",
              "--num_workers=2",
              "--gradient_accumulation_steps=2",
              "--push_to_hub",
              "--hub_model_id=emoji-lora",
              "--hub_token=" + HubServer.TOKEN);
      assertThat(code).as(err.toString()).isEqualTo(6);
      assertThat(Files.readAllBytes(out.resolve(ADAPTER)))
          .as("however the model is named")
          .isEqualTo(expected);
      assertThat(out.resolve("latents").toFile().list())
          .as("the same latents as from folders")
          .isEqualTo(folder.resolve("one/latents").toFile().list());
      String push = "spark-lora push " + out + " --hub_model_id=alice/emoji-lora";
      assertThat(err.toString()).contains(push).doesNotContain(HubServer.TOKEN);
      String[] again = (push + " --hub_token=" + HubServer.TOKEN).split(" ", -1);
      assertThat(command(Arrays.copyOfRange(again, 1, again.length))).as(err.toString()).isZero();
      assertThat(hub.published("alice/emoji-lora").keySet())
          .filteredOn(name -> !name.startsWith("logs/")) // TensorBoard's, which the hub shows
          .containsExactlyInAnyOrder(".gitattributes", "README.md", ADAPTER);
      assertThat(hub.published("alice/emoji-lora"))
          .containsEntry(ADAPTER, Files.readAllBytes(out.resolve(ADAPTER)));
      assertThat(Files.readString(out.resolve("README.md")))
          .contains("base_model: \"lab/emoji\"", "datasets:\n- \"lab/noto\"")
          .contains("load_lora_weights(\"alice/emoji-lora\"")
          .doesNotContain(HubServer.TOKEN);
      String[] draw = {
        "generate",
        "--adapter=alice/emoji-lora",
        "--prompt=a book",
        "--num_inference_steps=1",
        "--output_dir=" + folder.resolve("drawn")
      };
      assertThat(command(draw)).as(err.toString()).isZero();
    } finally {
      HubServer.clearSystemProperties();
    }
  }

  /**
   * Each step in a run of its own, resumed by the next, with another number of executors, and with
   * gradient checkpointing in every other one.
   */
  @Test
  void oneToFourExecutorsResumedAtEveryCheckpointGiveTheSameBytes() throws IOException {
    Path out = folder.resolve("four");
    for (int step = 1; step <= 4; step++) {
      int executors = 5 - step;
      assertThat(
              train(
                  out,
                  "local-cluster[" + executors + ",1,1024]",
                  "--num_workers=4",
                  "--checkpointing_steps=1",
                  "--max_train_steps=" + step,
                  "--gradient_checkpointing=" + (step % 2 == 0),
                  "--resume_from_checkpoint=latest"))
          .as(err.toString())
          .isZero();
      byte[] adapter = Files.readAllBytes(out.resolve(ADAPTER));
      assertThat(adapter)
          .isEqualTo(Files.readAllBytes(out.resolve("checkpoint-" + step).resolve(ADAPTER)));
      assertThat(Arrays.equals(adapter, expected)).isEqualTo(step == 4);
    }
  }

  @Test
  void twoWorkersInOneProcessGiveTheSameBytes() throws IOException {
    Path out = folder.resolve("threads");
    assertThat(train(out, "local[2]", "--num_workers=4")).as(err.toString()).isZero();
    assertThat(Files.readAllBytes(out.resolve(ADAPTER))).isEqualTo(expected);
  }

  /** Between segments, as one slot is all there is, and then beside them. */
  @Test
  void validationChangesNoBytes() throws IOException {
    Path out = folder.resolve("validated");
    Path heldOut = folder.resolve("held-out");
    writePictures(heldOut, shape(64, 64), shape(70, 64), shape(64, 90));
    String[] validated = {
      "--gradient_accumulation_steps=4",
      "--validation_prompt=a book",
      "--num_validation_images=1",
      "--validation_steps=2",
      "--validation_dataset_name=" + heldOut,
      "--num_inference_steps=2"
    };
    assertThat(train(out, "local[1]", validated)).as(err.toString()).isZero();
    assertThat(Files.readAllBytes(out.resolve(ADAPTER))).isEqualTo(expected);
    byte[] base = Files.readAllBytes(out.resolve("validation/base/000-a-book-seed5.png"));
    byte[] early = Files.readAllBytes(out.resolve("validation/step-000002/000-a-book-seed5.png"));
    byte[] late = Files.readAllBytes(out.resolve("validation/step-000004/000-a-book-seed5.png"));
    assertThat(List.of(base, early, late)).doesNotHaveDuplicates();
    assertThat(out.resolve("samples.png")).exists();

    Path beside = folder.resolve("beside");
    assertThat(train(beside, "local[5]", validated)).as(err.toString()).isZero();
    assertThat(Files.readAllBytes(beside.resolve(ADAPTER))).isEqualTo(expected);
    assertThat(beside.resolve("validation/step-000002/000-a-book-seed5.png"))
        .hasBinaryContent(early);
  }

  @Test
  void resumingWithAnotherRecipeIsRefused() {
    Path out = folder.resolve("changed");
    assertThat(train(out, "local[1]", "--max_train_steps=1", "--checkpointing_steps=1")).isZero();
    String[] changed = {
      "--rank=2", "--attention=plain", "--snr_gamma=5", "--resume_from_checkpoint=latest"
    };
    assertThat(train(out, "local[1]", changed)).isNotZero();
    assertThat(err.toString())
        .contains("rank was 4 and is now 2")
        .contains("snr_gamma was (not set) and is now 5.0")
        .contains("attention was sdpa and is now plain");
  }

  /** One worker without a break; then two executors, and a resume by two threads of one. */
  @Test
  void doraAndConvolutionsOfSeveralRanksGiveTheSameBytes() throws IOException {
    String[] variants = {
      "--use_dora",
      "--conv_rank=2",
      "--conv_alpha=1",
      "--rank_pattern=attn2.to_k=3",
      "--lr_pattern=up_blocks.*=0.5",
      "--lora_dropout=0.1",
      "--num_workers=4",
      "--checkpointing_steps=2",
      "--resume_from_checkpoint=latest"
    };
    Path one = folder.resolve("dora-one");
    assertThat(train(one, "local[1]", variants)).as(err.toString()).isZero();
    Path two = folder.resolve("dora-two");
    List<String> half = new ArrayList<>(List.of(variants));
    half.add("--max_train_steps=2");
    int code = train(two, "local-cluster[2,1,1024]", half.toArray(new String[0]));
    assertThat(code).as(err.toString()).isZero();
    assertThat(train(two, "local[2]", variants)).as(err.toString()).isZero();
    assertThat(Files.readAllBytes(two.resolve(ADAPTER)))
        .isEqualTo(Files.readAllBytes(one.resolve(ADAPTER)));
    Adapter adapter = AdapterFile.read(one).adapter();
    assertThat(adapter.modules())
        .allMatch(AdaptedModule::isDora)
        .anyMatch(module -> module.name().endsWith("downsamplers.0.conv") && module.rank() == 2)
        .anyMatch(module -> module.name().endsWith("attn2.to_k") && module.rank() == 3)
        .anyMatch(module -> module.name().endsWith("conv_shortcut") && module.rank() == 4);
    List<String> plain = new ArrayList<>(List.of(variants));
    plain.set(0, "--use_dora=false");
    plain.set(4, "--lr_pattern=up_blocks.*=0.25");
    assertThat(train(two, "local[2]", plain.toArray(new String[0]))).isNotZero();
    assertThat(err.toString())
        .contains("use_dora was true and is now (not set)")
        .contains("lr_pattern was {up_blocks.*=0.5} and is now {up_blocks.*=0.25}");
  }

  /** One worker without a break; then two executors, and a resume by two threads of one. */
  @ParameterizedTest
  @ValueSource(strings = {"--algo=loha", "--algo=lokr"})
  void lohaAndLokrGiveTheSameBytesAndAreReadBack(String algo) throws IOException {
    String[] flags = {
      algo,
      "--conv_rank=2",
      "--use_tucker",
      "--rank=2",
      "--num_workers=4",
      "--checkpointing_steps=2",
      "--resume_from_checkpoint=latest",
      "--output_name=copy"
    };
    Path one = folder.resolve(algo.substring(7) + "-one");
    assertThat(train(one, "local[1]", flags)).as(err.toString()).isZero();
    Path two = folder.resolve(algo.substring(7) + "-two");
    List<String> half = new ArrayList<>(List.of(flags));
    half.add("--max_train_steps=2");
    int code = train(two, "local-cluster[2,1,1024]", half.toArray(new String[0]));
    assertThat(code).as(err.toString()).isZero();
    assertThat(train(two, "local[2]", flags)).as(err.toString()).isZero();
    assertThat(Files.readAllBytes(two.resolve(ADAPTER)))
        .isEqualTo(Files.readAllBytes(one.resolve(ADAPTER)));
    Adapter adapter = AdapterFile.read(one).adapter();
    assertThat(adapter.metadata().get("modules_of_other_kinds"))
        .endsWith(algo.endsWith("loha") ? " LoHa" : " LoKr");
    Adapter copy = AdapterFile.read(one.resolve("kohya/copy.safetensors")).adapter();
    assertThat(copy.modules()).hasSameSizeAs(adapter.modules());
    assertThat(Files.readString(one.resolve("README.md")))
        .contains("Weights in LyCORIS' format", "convert ADAPTER --format=diffusers");
    Path on = folder.resolve(algo.substring(7) + "-on");
    List<String> further = new ArrayList<>(List.of(flags));
    further.addAll(List.of("--init_lora=" + one, "--max_train_steps=1"));
    assertThat(train(on, "local[1]", further.toArray(new String[0]))).as(err.toString()).isZero();
    further.set(3, "--rank=3");
    further.remove("--resume_from_checkpoint=latest");
    Path other = folder.resolve(algo.substring(7) + "-other");
    assertThat(train(other, "local[1]", further.toArray(new String[0]))).isEqualTo(2);
    assertThat(err.toString()).contains("Invalid --init_lora").contains("and the run");
    assertThat(train(two, "local[2]", "--rank=2", "--resume_from_checkpoint=latest")).isNotZero();
    assertThat(err.toString()).contains("algo was " + algo.substring(7) + " and is now (not set)");
  }

  /** However far away its next checkpoint is. */
  @Test
  void aRunThatWasTakenOverFromStops() throws Exception {
    Path out = folder.resolve("taken");
    System.setProperty("spark.hadoop.sparklora.lease.seconds", "3");
    Thread other = new Thread(() -> takeOver(out));
    other.start();
    try {
      assertThat(train(out, "local[1]", "--max_train_steps=1000000")).isEqualTo(1);
    } finally {
      System.clearProperty("spark.hadoop.sparklora.lease.seconds");
      other.join();
    }
    assertThat(err.toString()).contains("error: Superseded: another run has taken over");
    assertThat(out.resolve(ADAPTER)).doesNotExist();
  }

  /** As a run elsewhere would that believes this one dead, some steps after it began to train. */
  private static void takeOver(Path out) {
    try {
      for (int i = 0; i < 1200 && !isPrepared(out); i++) {
        Thread.sleep(50);
      }
      Thread.sleep(4000);
      String lease = Files.readString(out.resolve("_lease/1.json"));
      Files.writeString(
          out.resolve("_lease/2.json"),
          lease.replaceFirst("\"run\" : \"[^\"]+\"", "\"run\" : \"another\""));
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean isPrepared(Path out) throws IOException {
    if (!Files.isDirectory(out.resolve("latents"))) {
      return false;
    }
    try (Stream<Path> files = Files.walk(out.resolve("latents"))) {
      return files.anyMatch(file -> file.endsWith("manifest.json"));
    }
  }

  @Test
  void writesAModelCardAndPictures() throws IOException {
    Path out = folder.resolve("card");
    assertThat(
            train(
                out,
                "local[1]",
                "--max_train_steps=1",
                "--mixed_precision=bf16",
                "--snr_gamma=5",
                "--noise_offset=0.05",
                "--lora_dropout=0.1",
                "--random_flip",
                "--validation_prompt=a book",
                "--num_inference_steps=3"))
        .as(err.toString())
        .isZero();
    assertThat(Files.readString(out.resolve("README.md")))
        .contains("base_model:")
        .contains("src/quickstart/base-model")
        .contains("samples.png");
    assertThat(ImageIO.read(out.resolve("samples.png").toFile()).getHeight()).isGreaterThan(2 * 64);
  }

  @Test
  void picturesThatCannotBeDecodedAreNamedOrLeftOut() throws IOException {
    Path data = folder.resolve("bad");
    writeBadPictures(data);
    Path out = folder.resolve("bad-out");
    assertThat(train(out, "local[1]", "--dataset_name=" + data)).isEqualTo(3);
    assertThat(err.toString()).contains("pictures.parquet").contains("row 1");
    assertThat(Files.exists(out.resolve(ADAPTER))).isFalse();
    assertThat(
            train(
                out,
                "local[1]",
                "--dataset_name=" + data,
                "--on_bad_image=skip",
                "--max_train_steps=1"))
        .as(err.toString())
        .isZero();
    assertThat(Files.exists(out.resolve(ADAPTER))).isTrue();
  }

  @Test
  void picturesOfSeveralShapesTrainFromASharedCacheToTheSameBytes() throws IOException {
    Path data = folder.resolve("shapes");
    writePictures(data, shape(70, 64), shape(64, 120), shape(130, 60), shape(200, 100));
    String[] shared = {
      "--dataset_name=" + data,
      "--latent_cache_dir=" + folder.resolve("shared"),
      "--enable_bucket",
      "--min_bucket_reso=32",
      "--max_bucket_reso=128",
      "--bucket_reso_steps=32",
      "--resolution=64",
      "--seed=5"
    };
    assertThat(run("prepare", "local[2]", shared)).as(err.toString()).isZero();
    assertThat(cachedFiles()).hasSize(3);
    List<byte[]> adapters = new ArrayList<>();
    for (String master : List.of("local[1]", "local[2]")) {
      Path out = folder.resolve("shapes-" + adapters.size());
      List<String> flags = new ArrayList<>(List.of(shared));
      flags.add("--num_workers=2");
      flags.add("--train_batch_size=2");
      flags.add("--caption_dropout_rate=0.5");
      assertThat(train(out, master, flags.toArray(new String[0]))).as(err.toString()).isZero();
      assertThat(out.resolve("latents")).doesNotExist();
      adapters.add(Files.readAllBytes(out.resolve(ADAPTER)));
    }
    assertThat(adapters.get(1)).isEqualTo(adapters.get(0));
    assertThat(cachedFiles()).hasSize(3);
  }

  /** Files of latents of all caches in the shared folder. */
  private static List<Path> cachedFiles() throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve("shared"))) {
      return files.filter(f -> f.getFileName().toString().matches("part-.*parquet")).toList();
    }
  }

  private int train(Path out, String master, String... flags) {
    List<String> args = new ArrayList<>(SmallRun.flags(SmallRun.MODEL, SmallRun.DATA, 12, out));
    args.add("--max_train_steps=4");
    LaterFlags.add(args, flags);
    return run("train", master, args.toArray(new String[0]));
  }

  private int run(String command, String master, String... flags) {
    List<String> args =
        new ArrayList<>(
            List.of(
                command,
                "--pretrained_model_name_or_path=" + SmallRun.MODEL,
                "--master=" + master));
    LaterFlags.add(args, flags);
    return command(args.toArray(new String[0]));
  }

  private int command(String... args) {
    return Application.run(new PrintWriter(new StringWriter()), new PrintWriter(err, true), args);
  }

  /** Three rows, the second of which is no picture. */
  private static void writeBadPictures(Path data) throws IOException {
    byte[] png = Files.readAllBytes(folder.resolve("dot.png"));
    writePictures(data, png, new byte[] {1, 2, 3}, png);
  }

  private static void writePictures(Path data, byte[]... pictures) throws IOException {
    Files.createDirectories(data);
    TestDataset.write(
        data.resolve("pictures.parquet"),
        TestDataset.HUGGING_FACE,
        Stream.of(pictures).map(picture -> TestDataset.row(picture, "a dot")).toList());
  }

  private static byte[] shape(int width, int height) {
    return TestDataset.png(width, height, 0x3060ff);
  }

  @BeforeAll
  static void drawADot() throws IOException {
    BufferedImage dot = new BufferedImage(70, 64, BufferedImage.TYPE_INT_RGB);
    dot.setRGB(32, 32, 0xFF0000);
    ImageIO.write(dot, "png", folder.resolve("dot.png").toFile());
  }
}
