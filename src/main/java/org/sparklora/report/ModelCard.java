package org.sparklora.report;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sparklora.report.page.PythonLines;
import org.sparklora.util.Redaction;

/**
 * The README.md beside an adapter. It has the front matter that the Hugging Face Hub reads, and
 * describes the adapter, its training and its use.
 *
 * @param name the adapter's title: its repository or output folder
 * @param place of the adapter: a repository of the hub, or its folder
 * @param baseModel an id of the hub, or the folder
 * @param license the base model's licence as the Hub names it; empty if it is not known
 * @param dataset {@code --dataset_name}; if it is on the hub, {@code hf://datasets/ID@COMMIT}
 * @param instancePrompt {@code --instance_prompt}: the words that name the subject
 * @param flags the flags the training was given; secrets among them are left out
 * @param sampleImage a picture's path relative to the card
 * @param prompts the prompts it was made with
 * @param tokens learned tokens, each in a file of its own
 * @param tokenEmbeddings how many text encoders' token embeddings hold them
 * @param updates whether there are low-rank updates
 * @param leftOut one line for each thing in the data set that was not trained on
 */
public record ModelCard(
    String name,
    String place,
    String baseModel,
    Optional<String> license,
    String dataset,
    Optional<String> instancePrompt,
    Map<String, String> flags,
    Optional<String> sampleImage,
    List<String> prompts,
    List<String> tokens,
    int tokenEmbeddings,
    boolean updates,
    List<String> leftOut) {
  private static final List<String> TAGS =
      List.of(
          "stable-diffusion",
          "stable-diffusion-diffusers",
          "text-to-image",
          "diffusers",
          "diffusers-training");

  private static final Pattern ON_HUB =
      Pattern.compile("hf://datasets/([^/@]+/[^/@]+)@[^/]+(/.*)?");

  /**
   * Characters that YAML does not print, that break lines, or that turn the direction of writing:
   * all kinds of control characters, line separators, byte order marks and unpaired surrogates.
   */
  private static final Pattern UNPRINTABLE =
      Pattern.compile(
          "[^\\x20-\\x7E\\xA0-\\u2027\\u202F-\\u2065\\u206A-\\uD7FF\\uE000-\\uFEFE\\uFF00-\\uFFFD\\x{10000}-\\x{10FFFF}]+");

  private static final Pattern MARKDOWN = Pattern.compile("[\\\\`*\\[\\]~]");

  public ModelCard {
    flags = Collections.unmodifiableMap(new TreeMap<>(flags));
    prompts = List.copyOf(prompts);
    tokens = List.copyOf(tokens);
    leftOut = List.copyOf(leftOut);
  }

  /**
   * The licence of well-known base models, by their name on the Hub. An adapter inherits it.
   * Nothing is claimed about other models, such as a local folder.
   */
  public static Optional<String> knownLicense(String baseModel) {
    return switch (baseModel.toLowerCase(Locale.ROOT)) {
      case "compvis/stable-diffusion-v1-1",
          "compvis/stable-diffusion-v1-2",
          "compvis/stable-diffusion-v1-3",
          "compvis/stable-diffusion-v1-4",
          "runwayml/stable-diffusion-v1-5",
          "stable-diffusion-v1-5/stable-diffusion-v1-5" ->
          Optional.of("creativeml-openrail-m");
      case "stabilityai/stable-diffusion-2",
          "stabilityai/stable-diffusion-2-base",
          "stabilityai/stable-diffusion-2-1",
          "stabilityai/stable-diffusion-2-1-base" ->
          Optional.of("openrail++");
      default -> Optional.empty();
    };
  }

  /** The whole file. */
  public String text() {
    StringBuilder text = new StringBuilder("---\n");
    text.append("base_model: ").append(quoted(baseModel)).append('\n');
    text.append("library_name: diffusers\n");
    license.ifPresent(known -> text.append("license: ").append(quoted(known)).append('\n'));
    Matcher onHub = ON_HUB.matcher(dataset);
    if (onHub.matches()) {
      text.append("datasets:\n- ").append(quoted(onHub.group(1))).append('\n');
    }
    instancePrompt.ifPresent(
        prompt -> text.append("instance_prompt: ").append(quoted(prompt)).append('\n'));
    text.append("inference: ").append(!PythonLines.isLycoris(flags)).append("\ntags:\n");
    tags().forEach(tag -> text.append("- ").append(tag).append('\n'));
    instancePrompt.ifPresent(prompt -> text.append("- dreambooth\n"));
    text.append("---\n\n# ").append(title(name)).append("\n\n");
    text.append(what()).append(" for ").append(code(baseModel)).append(", trained on ");
    text.append(code(onHub.replaceFirst("$1"))).append(" with spark-lora.\n\n");
    if (!tokens.isEmpty()) {
      text.append("In a prompt ")
          .append(tokens.stream().map(ModelCard::code).collect(joining(", ")))
          .append(tokens.size() == 1 ? " stands" : " stand")
          .append(" for what was learned.\n\n");
    }
    instancePrompt.ifPresent(
        prompt ->
            text.append("They were trained with DreamBooth: ask for the subject with ")
                .append(code(prompt))
                .append(".\n\n"));
    if (license.isEmpty()) {
      text.append(
          "The base model's licence applies to them; it was not known to the training.\n\n");
    }
    sampleImage.ifPresent(image -> appendSample(text, image));
    text.append("## Use\n\n").append(usage()).append("\n## Training\n\n");
    flags.forEach((flag, value) -> appendFlag(text, flag, value));
    if ("false".equals(flags.get("deterministic"))) {
      text.append("\nOn GPUs another run with these flags may give other bits.\n");
    }
    if (!leftOut.isEmpty()) {
      text.append("\n## Not trained on\n\n");
      leftOut.forEach(line -> text.append("- ").append(title(line)).append('\n'));
    }
    return text.toString();
  }

  private String what() {
    if (tokens.isEmpty()) {
      return PythonLines.isLycoris(flags)
          ? "Weights in LyCORIS' format (algo " + code(flags.get("algo")) + ")"
          : "LoRA weights";
    }
    String learned = tokens.size() == 1 ? "a token" : tokens.size() + " tokens";
    return updates
        ? "LoRA weights and " + learned + " by pivotal tuning"
        : (tokens.size() == 1 ? "A token" : tokens.size() + " tokens") + " by textual inversion";
  }

  private List<String> tags() {
    List<String> tags = new ArrayList<>(TAGS);
    if (updates) {
      tags.add(PythonLines.isLycoris(flags) ? "lycoris" : "lora");
    }
    if (!tokens.isEmpty()) {
      tags.add("textual_inversion");
    }
    tags.add("spark-lora");
    return tags;
  }

  private void appendSample(StringBuilder text, String image) {
    text.append("![samples](<").append(plain(image)).append(">)\n\n");
    prompts.forEach(prompt -> text.append("- ").append(code(prompt)).append('\n'));
    text.append('\n');
  }

  private String usage() {
    String prompt =
        prompts.stream()
            .findFirst()
            .or(() -> instancePrompt)
            .orElse(
                tokens.isEmpty()
                    ? "a prompt like the captions"
                    : "a picture of " + String.join(" ", tokens));
    PythonLines lines =
        new PythonLines(
            plain(baseModel), flags, plain(place), updates, tokens, tokenEmbeddings, prompt);
    return "```python\n" + Redaction.text(lines.text()) + "\n```\n";
  }

  /**
   * The card beside a checkpoint's adapter. It says nothing that could differ between attempts, so
   * a resumed run writes the same bytes.
   */
  public static String ofCheckpoint(String baseModel) {
    return "---\nbase_model: "
        + quoted(baseModel)
        + "\nlibrary_name: diffusers\n---\n\nAn adapter for "
        + code(baseModel)
        + " in training.\n";
  }

  private static void appendFlag(StringBuilder text, String flag, String value) {
    if (!Redaction.isSecret(flag)) {
      text.append("- ").append(code(flag + " " + value)).append('\n');
    }
  }

  /** A double-quoted string: the same in YAML and Python. */
  private static String quoted(String value) {
    return '"' + plain(value).replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  /** Text of one line, with markup escaped. */
  private static String title(String value) {
    return MARKDOWN
        .matcher(plain(value))
        .replaceAll("\\\\$0")
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .strip();
  }

  /** Markdown code, fenced by one backtick more than the longest run of backticks in the value. */
  private static String code(String value) {
    String plain = plain(value);
    String fence = "`";
    while (plain.contains(fence)) {
      fence += "`";
    }
    String space = fence.length() > 1 ? " " : "";
    return fence + space + plain + space + fence;
  }

  /** One line, without the credentials a URI may carry. */
  private static String plain(String value) {
    return Redaction.text(UNPRINTABLE.matcher(value).replaceAll(" "));
  }
}
