package org.sparklora.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

class ModelCardTest {
  @Test
  void tellsTheHubWhatTheAdapterBelongsTo() {
    Map<String, Object> front = frontMatter(card("stable-diffusion-v1-5/stable-diffusion-v1-5"));
    assertThat(front)
        .containsEntry("base_model", "stable-diffusion-v1-5/stable-diffusion-v1-5")
        .containsEntry("library_name", "diffusers")
        .containsEntry("license", "creativeml-openrail-m")
        .containsEntry("inference", "true");
    assertThat(front.get("tags"))
        .asInstanceOf(InstanceOfAssertFactories.list(String.class))
        .contains("stable-diffusion-diffusers", "text-to-image", "lora", "spark-lora");
  }

  @Test
  void claimsNoLicenceItDoesNotKnow() {
    ModelCard card = card("models/mine");
    assertThat(frontMatter(card)).doesNotContainKey("license");
    assertThat(card.text()).contains("licence applies to them; it was not known");
  }

  @Test
  void saysWhenAnotherRunMayGiveOtherBits() {
    String other = "another run with these flags may give other bits";
    assertThat(card("models/mine").text()).doesNotContain(other);
    ModelCard fast =
        new ModelCard(
            "a",
            "a",
            "b",
            Optional.empty(),
            "c",
            Optional.empty(),
            Map.of("deterministic", "false"),
            Optional.empty(),
            List.of(),
            List.of(),
            0,
            true,
            List.of());
    assertThat(fast.text()).contains("`deterministic false`", other);
  }

  @Test
  void keepsSecretsOut() {
    assertThat(card("models/mine").text())
        .doesNotContain("hf_secret", "AKIA", "wJalr")
        .contains("`rank 4`", "`train_data_dir s3a://bucket/pictures`");
  }

  @Test
  void survivesValuesThatWouldBreakYamlOrMarkdown() {
    String base = "C:\\models\\\"quoted\": #1\nlicense: mit";
    ModelCard card = card(base);
    assertThat(frontMatter(card))
        .containsEntry("base_model", base.replace('\n', ' '))
        .doesNotContainKey("license");
    assertThat(card.text()).contains("- `` a `ticked` heart ``\n");
  }

  @Test
  void isReadByYamlAndHasNoMarkupOfItsValuesWhateverTheyAre() {
    Random random = new Random(7);
    for (int round = 0; round < 2000; round++) {
      String odd = oddText(random);
      ModelCard card =
          new ModelCard(
              odd,
              odd,
              odd,
              Optional.of(odd),
              "hf://datasets/owner/" + odd.replaceAll("[/@\\s\\p{Cntrl}]", "") + "x@main",
              Optional.of(odd),
              Map.of("caption", odd),
              Optional.empty(),
              List.of(odd),
              List.of(),
              0,
              true,
              List.of());
      String text = card.text();
      assertThat(text.lines().filter(line -> line.equals("---"))).hasSize(2);
      Object front =
          new Load(LoadSettings.builder().build()).loadFromString(text.split("---\n", 3)[1]);
      assertThat(front)
          .asInstanceOf(InstanceOfAssertFactories.MAP)
          .containsEntry("library_name", "diffusers")
          .containsEntry("instance_prompt", ((Map<?, ?>) front).get("base_model"));
      String heading = text.lines().filter(line -> line.startsWith("# ")).findFirst().orElseThrow();
      assertThat(heading).doesNotContain("<", ">");
      assertThat(text.lines().filter(line -> line.startsWith("```"))).hasSize(2);
    }
  }

  @Test
  void keepsWhatCanBePrinted() {
    String prompt = "a café, 猫, 🍎: \"two\" #3 \\ `tick` --- <b>";
    assertThat(frontMatter(card("models/mine", Optional.of(prompt))))
        .containsEntry("instance_prompt", prompt);
  }

  private static String oddText(Random random) {
    String[] pieces = {
      "\0",
      "\t",
      "\n",
      "\r\n",
      "\u0085",
      "\u2028",
      "\u2029",
      "\uFEFF",
      "\uFFFE",
      "\uD800",
      "\u009F",
      "\u202E",
      "\uDC00",
      "```",
      "\n```\n",
      "---",
      "\n---\n",
      "...",
      "\\",
      "\"",
      "'",
      ": ",
      "# ",
      "- ",
      "&a",
      "*a",
      "!x",
      "%",
      "@",
      "<script>alert(1)</script>",
      "<!--",
      "]]>",
      "{",
      "[",
      "|",
      ">",
      "é",
      "猫",
      "🍎",
      "a",
      " ",
      "\u001B[31m",
      "\u007F"
    };
    StringBuilder text = new StringBuilder("m");
    for (int i = random.nextInt(8); i >= 0; i--) {
      text.append(pieces[random.nextInt(pieces.length)]);
    }
    return text.toString();
  }

  @Test
  void showsTheSamplesAndHowToLoadTheAdapter() {
    assertThat(card("models/mine").text())
        .contains("![samples](<sample grid.png>)")
        .contains("DiffusionPipeline.from_pretrained(\"models/mine\", torch_dtype=torch.float32)")
        .contains("load_lora_weights(\"/out/twemoji\", weight_name=");
  }

  @Test
  void saysHowTheSubjectOfDreamBoothIsCalled() {
    ModelCard card = card("models/mine", Optional.of("a photo of sks dog"));
    assertThat(frontMatter(card)).containsEntry("instance_prompt", "a photo of sks dog");
    assertThat(card.text())
        .contains("- dreambooth\n")
        .contains("ask for the subject with `a photo of sks dog`");
    assertThat(card("models/mine").text()).doesNotContain("dreambooth", "instance_prompt");
  }

  @Test
  void saysHowLearnedTokensAreUsed() {
    ModelCard tokens = learned(List.of("<s1>", "<s2>"), false);
    assertThat(tokens.text())
        .contains("2 tokens by textual inversion for `models/mine`")
        .contains("In a prompt `<s1>`, `<s2>` stand for")
        .contains(
            "load_textual_inversion(\"/out/cat\", weight_name=\"learned_embeds.safetensors\")",
            "load_textual_inversion(\"/out/cat\", weight_name=\"learned_embeds_1.safetensors\")",
            "pipeline(\"a picture of <s1> <s2>\")")
        .contains("`placeholder_token <s1>`")
        .doesNotContain("LoRA", "load_lora_weights", "- lora\n");
    assertThat(learned(List.of("<s1>"), true).text())
        .contains("LoRA weights and a token by pivotal tuning")
        .contains("load_lora_weights(\"/out/cat\"", "load_textual_inversion(\"/out/cat\"")
        .contains("- lora\n- textual_inversion\n");
  }

  @Test
  void namesWhatWasNotTrainedOn() {
    String split =
        "In /data/cats the split train is read. Left out, the split test: 1 file: test.parquet";
    ModelCard partly =
        new ModelCard(
            "cat",
            "/out/cat",
            "models/mine",
            Optional.empty(),
            "data/cats",
            Optional.empty(),
            Map.of("rank", "4"),
            Optional.empty(),
            List.of(),
            List.of(),
            0,
            true,
            List.of(split, "row 3 of a.parquet: Cannot decode <b>image</b>\n# of 1 x 20000"));
    assertThat(partly.text())
        .endsWith(
            "- `rank 4`\n\n## Not trained on\n\n- "
                + split
                + "\n"
                + "- row 3 of a.parquet: Cannot decode &lt;b&gt;image&lt;/b&gt; # of 1 x"
                + " 20000\n");
    assertThat(card("models/mine").text()).doesNotContain("Not trained on");
  }

  private static ModelCard learned(List<String> tokens, boolean updates) {
    return new ModelCard(
        "cat",
        "/out/cat",
        "models/mine",
        Optional.empty(),
        "data/cats",
        Optional.empty(),
        Map.of("placeholder_token", "<s1>"),
        Optional.empty(),
        List.of(),
        tokens,
        1,
        updates,
        List.of());
  }

  private static ModelCard card(String baseModel) {
    return card(baseModel, Optional.empty());
  }

  private static ModelCard card(String baseModel, Optional<String> instancePrompt) {
    return new ModelCard(
        "twemoji",
        "/out/twemoji",
        baseModel,
        ModelCard.knownLicense(baseModel),
        "data/twemoji",
        instancePrompt,
        Map.of(
            "rank", "4",
            "hub_token", "hf_secret",
            "conf.fs.s3a.access.key", "AKIA1",
            "conf.fs.s3a.secret.key", "wJalr",
            "train_data_dir", "s3a://AKIA2:wJalr@bucket/pictures"),
        Optional.of("sample grid.png"),
        List.of("a `ticked` heart"),
        List.of(),
        0,
        true,
        List.of());
  }

  /** The front matter's scalars, which are JSON where quoted, and its list of tags. */
  private static Map<String, Object> frontMatter(ModelCard card) {
    String[] parts = card.text().split("---\n", 3);
    assertThat(parts[0]).isEmpty();
    Map<String, Object> front = new TreeMap<>();
    List<String> tags = new ArrayList<>();
    front.put("tags", tags);
    for (String line : parts[1].lines().toList()) {
      if (line.startsWith("- ")) {
        tags.add(line.substring(2));
      } else if (!line.equals("tags:")) {
        String[] keyAndValue = line.split(": ", 2);
        front.put(keyAndValue[0], scalar(keyAndValue[1]));
      }
    }
    return front;
  }

  private static Object scalar(String value) {
    if (!value.startsWith("\"")) {
      return value;
    }
    try {
      return new ObjectMapper().readValue(value, String.class);
    } catch (JsonProcessingException e) {
      throw new AssertionError(value, e);
    }
  }
}
