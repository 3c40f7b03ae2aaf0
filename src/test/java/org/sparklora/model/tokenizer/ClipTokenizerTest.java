package org.sparklora.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.model.Resources;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.util.InvalidInputException;

class ClipTokenizerTest {
  private static final Path FILES = Path.of("src/quickstart/base-model/tokenizer");
  private static final int BEGIN = 49406;
  private static final int END = 49407;
  private static final ClipTokenizer TOKENIZER = load(FILES.getParent());

  @TempDir private Path folder;

  private static ClipTokenizer load(Path model) {
    return ClipTokenizer.load(
        ModelFolder.open(model.toString(), new Configuration(false), Optional.empty()),
        "tokenizer");
  }

  private static JsonNode golden(String name) throws IOException {
    return new ObjectMapper().readTree(Resources.file("/golden/tokenizer/" + name).toFile());
  }

  private static int[] ints(JsonNode array) {
    int[] ints = new int[array.size()];
    Arrays.setAll(ints, i -> array.get(i).intValue());
    return ints;
  }

  private static void assertIds(ClipTokenizer tokenizer, JsonNode cases) {
    assertThat(cases).isNotEmpty();
    for (JsonNode item : cases) {
      String text = item.get("text").textValue();
      assertThat(tokenizer.ids(text)).as(text).isEqualTo(ints(item.get("ids")));
    }
  }

  /** A copy of the quick start's tokenizer folder, of which a test replaces files. */
  private Path copy() throws IOException {
    Path copy = Files.createDirectory(folder.resolve("tokenizer"));
    for (String name :
        List.of("vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json")) {
      Files.copy(FILES.resolve(name), copy.resolve(name));
    }
    return copy;
  }

  private static void replace(Path file, String old, String replacement) throws IOException {
    Files.writeString(file, Files.readString(file).replace(old, replacement));
  }

  /** What transformers 5 saves: one file in place of vocabulary, merges and added tokens. */
  @Test
  void readsOneFileThatHoldsEverything() throws IOException {
    ObjectMapper json = new ObjectMapper();
    ObjectNode single = json.createObjectNode();
    ArrayNode added = single.putArray("added_tokens");
    added.addObject().put("id", BEGIN).put("content", "<|startoftext|>").put("special", true);
    added.addObject().put("id", END).put("content", "<|endoftext|>").put("special", true);
    added.addObject().put("id", END + 1).put("content", "<cat>").put("normalized", true);
    ObjectNode model = single.putObject("model").put("type", "BPE");
    model.set("vocab", json.readTree(FILES.resolve("vocab.json").toFile()));
    ArrayNode merges = model.putArray("merges");
    for (String line : Files.readAllLines(FILES.resolve("merges.txt"))) {
      if (!line.startsWith("#version")) {
        // Both forms are in use.
        if (merges.size() % 2 == 0) {
          merges.add(line);
        } else {
          Arrays.stream(line.split(" ")).forEach(merges.addArray()::add);
        }
      }
    }
    Path files = Files.createDirectory(folder.resolve("tokenizer"));
    json.writeValue(files.resolve("tokenizer.json").toFile(), single);
    Files.copy(FILES.resolve("tokenizer_config.json"), files.resolve("tokenizer_config.json"));
    ClipTokenizer tokenizer = load(folder);
    assertThat(tokenizer.size()).isEqualTo(END + 2);
    assertThat(tokenizer.ids("a <CAT>")).containsExactly(BEGIN, 320, END + 1, END);
    for (JsonNode item : golden("golden_ids.json").get("items")) {
      String text = item.get("text").textValue();
      assertThat(tokenizer.ids(text)).as(text).isEqualTo(TOKENIZER.ids(text));
    }
  }

  @Test
  void givesPublishedIds() throws IOException {
    for (JsonNode item : golden("golden_ids.json").get("items")) {
      String text = item.get("text").textValue();
      int[] ids = TOKENIZER.ids(text);
      if (item.has("prefix")) {
        assertThat(ids).as(text).startsWith(ints(item.get("prefix")));
      } else {
        assertThat(ids).as(text).isEqualTo(ints(item.get("ids")));
      }
    }
  }

  @Test
  void givesTheIdsOfTransformersForTextOfEveryKind() throws IOException {
    assertIds(TOKENIZER, golden("generated_ids.json").get("pad_end"));
  }

  @Test
  void padsWithExclamationMarksWhereTheModelDoes() throws IOException {
    replace(
        copy().resolve("special_tokens_map.json"),
        "\"pad_token\": \"<|endoftext|>\"",
        "\"pad_token\": \"!\"");
    ClipTokenizer tokenizer = load(folder);

    assertIds(tokenizer, golden("generated_ids.json").get("pad_exclamation"));
    assertThat(tokenizer.encode("").ids()).startsWith(BEGIN, END, 0, 0).endsWith(0);
  }

  @Test
  void findsAddedTokens() throws IOException {
    ClipTokenizer tokenizer = TOKENIZER.withTokens(List.of("<Cat-Toy>", "<cat-toy>_1"));

    assertIds(tokenizer, golden("generated_ids.json").get("added"));
    assertThat(tokenizer.size()).isEqualTo(49410);
    assertThat(tokenizer.id("<cat-toy>_1")).contains(49409);
    assertThat(TOKENIZER.size()).isEqualTo(49408);
    assertThatThrownBy(() -> tokenizer.withTokens(List.of("<Cat-Toy>")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("\"<Cat-Toy>\" is in the tokenizer already");
  }

  @Test
  void readsTokensListedWithTheirIds() throws IOException {
    Files.writeString(
        copy().resolve("tokenizer_config.json"),
        """
        {"model_max_length": 16, "pad_token": "!", "added_tokens_decoder": {
          "49408": {"content": "<toy>", "normalized": true, "special": false},
          "49407": {"content": "<|endoftext|>", "normalized": false, "special": true},
          "49406": {"content": "<|startoftext|>", "normalized": true, "special": true}}}
        """);
    ClipTokenizer tokenizer = load(folder);

    assertThat(tokenizer.length()).isEqualTo(16);
    assertThat(tokenizer.ids("a <TOY>")).containsExactly(BEGIN, 320, 49408, END);
    assertThat(tokenizer.encode("a").ids()).hasSize(16).endsWith(0);
  }

  @Test
  void needsOnlyVocabularyAndMerges() {
    ClipTokenizer tokenizer =
        ClipTokenizer.load(FILES.resolve("vocab.json"), FILES.resolve("merges.txt"));

    assertThat(tokenizer.encode("a photo of a cat").ids())
        .isEqualTo(TOKENIZER.encode("a photo of a cat").ids());
  }

  @Test
  void padsToTheModelsLength() {
    ClipTokenizer.Tokens tokens = TOKENIZER.encode("a photo of a cat");

    assertThat(tokens.ids())
        .hasSize(77)
        .startsWith(BEGIN, 320, 1125, 539, 320, 2368, END)
        .endsWith(END);
    assertThat(tokens.truncated()).isZero();
  }

  @Test
  void cutsLongTextKeepingTheEndAndSaysHowMuch() {
    String words = "cat ".repeat(80);

    ClipTokenizer.Tokens tokens = TOKENIZER.encode(words);

    assertThat(tokens.ids()).hasSize(77).startsWith(BEGIN, 2368).endsWith(2368, END);
    assertThat(tokens.truncated()).isEqualTo(5);
    assertThat(TOKENIZER.encode("cat ".repeat(75)).truncated()).isZero();
    assertThat(TOKENIZER.ids(words)).hasSize(82);
  }

  @Test
  void staysFastOnOneEndlessWord() {
    assertThat(TOKENIZER.ids("a".repeat(100_000))).hasSizeGreaterThan(1000);
  }

  @Test
  void countsALoneSurrogateAsAQuestionMark() {
    assertThat(TOKENIZER.ids("a \ud800 b")).isEqualTo(TOKENIZER.ids("a ? b"));
  }

  @Test
  void namesWhatIsMissingOrDamaged() throws IOException {
    Path copy = copy();
    Files.writeString(copy.resolve("merges.txt"), "#version: 0.2\ni n\nqzqz z\n");
    assertThatThrownBy(() -> load(folder))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Invalid line 3 of")
        .hasMessageContaining("qzqz z; qzqz is not in the vocabulary");

    Files.delete(copy.resolve("merges.txt"));
    assertThatThrownBy(() -> load(folder))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Missing file " + folder + "/tokenizer/merges.txt");
  }

  @Test
  void refusesFilesThatAreTooLongOrNoFiles(@TempDir Path folder) throws Exception {
    Path vocab = Files.writeString(folder.resolve("vocab.json"), "{\"a\": 1}");
    Path merges = Files.write(folder.resolve("merges.txt"), new byte[17 << 20]);
    assertThatThrownBy(() -> ClipTokenizer.load(vocab, merges))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            "Cannot read %s: it has 17825792 bytes, more than the 16777216 that are read"
                .formatted(merges));
    assertThatThrownBy(() -> ClipTokenizer.load(merges, vocab))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("17825792 bytes, more than the 16777216 that are read");
    Path endless = Files.createSymbolicLink(folder.resolve("m.txt"), Path.of("/dev/zero"));
    assertThatThrownBy(() -> ClipTokenizer.load(vocab, endless))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageEndingWith("it is a device, not a regular file");
  }
}
