package org.sparklora.report.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.LearnedToken;
import org.sparklora.lora.format.AdapterFormat;
import org.sparklora.model.Network;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.report.ModelCard;

/** The lines of Python that cards and reports hand out. */
class PythonLinesTest {
  private static final Path BASE = Path.of("src/quickstart/base-model").toAbsolutePath();
  private static final Path XL = Path.of("src/test/resources/golden/sdxl/model").toAbsolutePath();

  private static final List<Network> ENCODERS =
      List.of(Network.TEXT_ENCODER, Network.TEXT_ENCODER_2);
  private static final int XL_WIDTH = 24;
  private static final int XL_WIDTH_2 = 40;

  @TempDir private Path folder;

  @Test
  void haveTheTypeAndPlacesThatHoldInEveryFolder() {
    assertThat(lines("/models/sd 1", Map.of(), "/out/x", true, List.of("<a>", "<b>")))
        .isEqualTo(
            """
            import torch
            from diffusers import DiffusionPipeline

            pipeline = DiffusionPipeline.from_pretrained("/models/sd 1", torch_dtype=torch.float32)
            pipeline.load_lora_weights("/out/x", weight_name="pytorch_lora_weights.safetensors")
            pipeline.load_textual_inversion("/out/x", weight_name="learned_embeds.safetensors")
            pipeline.load_textual_inversion("/out/x", weight_name="learned_embeds_1.safetensors")
            pipeline("a \\"red\\"\\x07\\napple").images[0].save("picture.png")\
            """);
  }

  @Test
  void nameVariantAndRevisionAndSayWhatIsOutOfReach() {
    assertThat(
            lines(
                "lab/sd",
                Map.of("variant", "fp16", "revision", "v1", "rank", "4"),
                "s3a://bucket/x",
                true,
                List.of()))
        .contains("(\"lab/sd\", revision=\"v1\", variant=\"fp16\", torch_dtype=torch.float32)")
        .contains("# diffusers reads no such place: copy the adapter from there");
  }

  @Test
  void loadBothEmbeddingsOfATokenOfSdxl() {
    assertThat(python("/out/x", 2))
        .contains("from safetensors.torch import load_file\n")
        .doesNotContain("hf_hub_download")
        .contains(
            """
            vectors = load_file("/out/x/learned_embeds.safetensors")
            pipeline.load_textual_inversion(vectors["clip_l"], token="<a>", text_encoder=pipeline.text_encoder, tokenizer=pipeline.tokenizer)
            pipeline.load_textual_inversion(vectors["clip_g"], token="<a>", text_encoder=pipeline.text_encoder_2, tokenizer=pipeline.tokenizer_2)
            vectors = load_file("/out/x/learned_embeds_1.safetensors")
            """);
    assertThat(python("lab/x", 2))
        .contains("from huggingface_hub import hf_hub_download\n")
        .contains(
            "vectors = load_file(hf_hub_download(\"lab/x\", \"learned_embeds.safetensors\"))");
  }

  private static String python(String adapter, int tokenEmbeddings) {
    return new PythonLines(
            "/models/xl", Map.of(), adapter, true, List.of("<a>", "<b>"), tokenEmbeddings, "a <a>")
        .text();
  }

  /** Without a type, transformers 5 and diffusers disagree about weights stored in fp16. */
  @Test
  void linesInTheDocumentationHaveTheType() throws IOException {
    try (Stream<Path> pages = Files.list(Path.of("src/docs"))) {
      for (Path page : Stream.concat(pages, Stream.of(Path.of("README.md"))).toList()) {
        if (page.toString().endsWith(".md")) {
          Files.readString(page)
              .lines()
              .filter(line -> line.contains("Pipeline.from_pretrained("))
              .forEach(line -> assertThat(line).contains("torch_dtype=torch.float32"));
        }
      }
    }
  }

  private static String lines(
      String base, Map<String, String> flags, String adapter, boolean updates, List<String> words) {
    return new PythonLines(base, flags, adapter, updates, words, 1, "a \"red\"\u0007\napple")
        .text();
  }

  /** Needs Python with diffusers, PEFT and torch; SPARK_LORA_PYTHON names it. */
  @Test
  @Tag("slow")
  void runAsTheyArePrinted() throws IOException, InterruptedException {
    String python = System.getenv("SPARK_LORA_PYTHON");
    assumeThat(python).as("SPARK_LORA_PYTHON").isNotNull();
    List<String> script = new ArrayList<>(List.of("import os, sys"));
    for (Kind kind : Kind.values()) {
      Path adapter = Files.createDirectories(folder.resolve(kind + " \"adapter\""));
      AdapterFormat format =
          kind == Kind.TOKENS ? AdapterFormat.TEXTUAL_INVERSION : AdapterFormat.DIFFUSERS;
      format.write(adapter(kind), adapter);
      Path elsewhere = Files.createDirectories(folder.resolve("from " + kind));
      Path lines = Files.writeString(elsewhere.resolve("lines.py"), python(kind, adapter));
      script.add("os.chdir(%s)".formatted(quoted(elsewhere)));
      script.add("print('run', %s, flush=True)".formatted(quoted(lines)));
      script.add("exec(open('lines.py').read(), {})");
    }
    Path all = Files.write(folder.resolve("all.py"), script);
    Path log = folder.resolve("log");
    Process process =
        new ProcessBuilder(python, all.toString())
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    boolean ended = process.waitFor(20, TimeUnit.MINUTES);
    String said = Files.readString(log);
    assertThat(ended).as(said).isTrue();
    assertThat(process.exitValue()).as(said).isZero();
    String[] parts = said.split("(?m)^run ", -1);
    Iterator<String> runs = Arrays.asList(parts).listIterator(1);
    for (Kind kind : Kind.values()) {
      String output = runs.next();
      assertThat(output)
          .contains("from " + kind)
          .doesNotContain("associated to UNet2DConditionModel", "unexpected keys", "missing keys");
      if (kind.hasText()) {
        assertThat(output).doesNotContain("No LoRA keys associated");
      }
      assertThat(folder.resolve("from " + kind).resolve("picture.png")).as(said).isNotEmptyFile();
    }
  }

  private enum Kind {
    LORA,
    DORA_AND_CONVOLUTIONS,
    TEXT_ENCODER,
    TOKENS,
    PIVOTAL,
    PIVOTAL_XL;

    boolean isXl() {
      return this == PIVOTAL_XL;
    }

    boolean hasText() {
      return this == TEXT_ENCODER || isPivotal();
    }

    boolean isPivotal() {
      return this == PIVOTAL || this == PIVOTAL_XL;
    }

    Path base() {
      return isXl() ? XL : BASE;
    }
  }

  /** What stands in a card between the fences. */
  private static String python(Kind kind, Path adapter) {
    ModelCard card =
        new ModelCard(
            "name",
            adapter.toString(),
            kind.base().toString(),
            Optional.empty(),
            "data",
            Optional.empty(),
            Map.of("rank", "2"),
            Optional.empty(),
            List.of(),
            adapter(kind).tokens().stream().map(LearnedToken::token).distinct().toList(),
            kind.isXl() ? 2 : 1,
            kind != Kind.TOKENS,
            List.of());
    return card.text().split("```python\n", 2)[1].split("\n```", 2)[0];
  }

  private static Adapter adapter(Kind kind) {
    List<AdaptedModule> modules = new ArrayList<>();
    List<LearnedToken> tokens = new ArrayList<>();
    if (kind != Kind.TOKENS) {
      modules.addAll(modules(kind, Network.UNET, ".*attn[12]\\.to_(q|k|v|out\\.0)"));
    }
    if (kind == Kind.DORA_AND_CONVOLUTIONS) {
      modules.addAll(modules(kind, Network.UNET, ".*resnets\\.\\d\\.conv1"));
      modules.replaceAll(m -> m.withMagnitude(values(Math.toIntExact(m.upShape()[0]))));
    }
    for (Network encoder : kind.isXl() ? ENCODERS : ENCODERS.subList(0, 1)) {
      int width = !kind.isXl() ? 96 : encoder == Network.TEXT_ENCODER ? XL_WIDTH : XL_WIDTH_2;
      if (kind.hasText()) {
        modules.addAll(modules(kind, encoder, ".*self_attn\\.[qkv]_proj"));
      }
      if (kind == Kind.TOKENS || kind.isPivotal()) {
        float[][] rows = {values(width), values(width)};
        tokens.add(new LearnedToken("<soft_toy>", encoder, rows));
      }
      if (kind.isPivotal()) {
        tokens.add(new LearnedToken("style.bias", encoder, new float[][] {values(width)}));
      }
    }
    return new Adapter(modules, tokens, Map.of());
  }

  private static List<AdaptedModule> modules(Kind kind, Network network, String names) {
    ModelFolder base =
        ModelFolder.open(kind.base().toString(), new Configuration(false), Optional.empty());
    try (TensorFile weights = base.weights(network.component())) {
      Stream<TensorInfo> adapted =
          weights.tensors().values().stream().filter(t -> t.name().matches(names + "\\.weight"));
      return adapted.map(weight -> module(network, weight)).toList();
    }
  }

  private static AdaptedModule module(Network network, TensorInfo weight) {
    long[] down = weight.shape().clone();
    down[0] = 2;
    boolean linear = down.length == 2;
    long out = weight.shape()[0];
    long[] up = linear ? new long[] {out, 2} : new long[] {out, 2, 1, 1};
    int inputs = Math.toIntExact(weight.elements() / out);
    return new AdaptedModule(
        network,
        weight.name().replaceFirst("\\.weight$", ""),
        down,
        values(2 * inputs),
        up,
        values(Math.toIntExact(2 * out)),
        2);
  }

  private static float[] values(int count) {
    Random random = new Random(count);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (0.01 + 0.1 * Math.abs(random.nextGaussian()));
    }
    return values;
  }

  private static String quoted(Path path) {
    return "'''" + path + "'''";
  }
}
