package org.sparklora.report.page;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Lines of Python that draw with an adapter in diffusers. They can be run in any folder.
 *
 * @param baseModel a folder of this machine, an id of the hub, or a URI
 * @param flags of the training, without dashes: a variant or a revision of the base model
 * @param adapter the absolute folder, or the repository of the hub that holds it
 * @param updates whether there are low-rank updates
 * @param tokens learned tokens, each in a file of its own
 * @param tokenEmbeddings how many text encoders' token embeddings hold them; with SDXL's two, a
 *     file has a tensor for each, which diffusers loads one by one
 */
public record PythonLines(
    String baseModel,
    Map<String, String> flags,
    String adapter,
    boolean updates,
    List<String> tokens,
    int tokenEmbeddings,
    String prompt) {
  private static final Pattern URI = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]+)://?.*");

  /**
   * The type of all weights. Without it, transformers loads weights in their stored type and
   * diffusers in fp32, and the two do not match.
   */
  private static final String TYPE = ", torch_dtype=torch.float32";

  /** All lines. */
  public String text() {
    List<String> lines = new ArrayList<>();
    lines.add("import torch");
    lines.add("from diffusers import DiffusionPipeline");
    if (hasTwoEmbeddings()) {
      addImports(lines);
    }
    lines.add("");
    sayWhereRemote(lines, baseModel, "the base model");
    lines.add(
        "pipeline = DiffusionPipeline.from_pretrained("
            + string(baseModel)
            + option("revision")
            + option("variant")
            + TYPE
            + ")");
    sayWhereRemote(lines, adapter, "the adapter");
    if (updates && isLycoris(flags)) {
      lines.add(
          "# diffusers has no LoHa and no LoKr. This makes LoRA with the same pictures: java -jar"
              + " spark-lora.jar convert ADAPTER --format=diffusers"
              + " --output_file=lora.safetensors");
      lines.add("pipeline.load_lora_weights(\".\", weight_name=\"lora.safetensors\")");
    } else if (updates) {
      lines.add(loading("load_lora_weights", "pytorch_lora_weights.safetensors"));
    }
    for (int i = 0; i < tokens.size(); i++) {
      String file = "learned_embeds" + (i == 0 ? "" : "_" + i) + ".safetensors";
      if (hasTwoEmbeddings()) {
        addBothEmbeddings(lines, file, tokens.get(i));
      } else {
        lines.add(loading("load_textual_inversion", file));
      }
    }
    lines.add("pipeline(" + string(prompt) + ").images[0].save(\"picture.png\")");
    return String.join("\n", lines);
  }

  /** Whether a training with these flags makes LoHa or LoKr. */
  public static boolean isLycoris(Map<String, String> flags) {
    String algo = flags.getOrDefault("algo", "lora").toLowerCase(Locale.ROOT);
    return !algo.equals("lora");
  }

  private boolean hasTwoEmbeddings() {
    return tokenEmbeddings > 1 && !tokens.isEmpty();
  }

  private void addImports(List<String> lines) {
    if (!isFolder()) {
      lines.add("from huggingface_hub import hf_hub_download");
    }
    lines.add("from safetensors.torch import load_file");
  }

  /**
   * Adds lines that load one tensor for each text encoder. diffusers' SDXL pipeline does not do
   * that by itself.
   */
  private void addBothEmbeddings(List<String> lines, String file, String token) {
    lines.add(
        "vectors = load_file("
            + (isFolder()
                ? string(adapter + "/" + file)
                : "hf_hub_download(" + string(adapter) + ", " + string(file) + ")")
            + ")");
    lines.add(embedding("clip_l", token, ""));
    lines.add(embedding("clip_g", token, "_2"));
  }

  private static String embedding(String tensor, String token, String suffix) {
    return "pipeline.load_textual_inversion(vectors["
        + string(tensor)
        + "], token="
        + string(token)
        + ", text_encoder=pipeline.text_encoder"
        + suffix
        + ", tokenizer=pipeline.tokenizer"
        + suffix
        + ")";
  }

  /** Whether the adapter is in a folder, here or elsewhere, and not in a repository of the hub. */
  private boolean isFolder() {
    return adapter.startsWith("/") || isRemote(adapter);
  }

  private String option(String flag) {
    String value = flags.getOrDefault(flag, "");
    return value.isEmpty() ? "" : ", " + flag + "=" + string(value);
  }

  private String loading(String method, String file) {
    return "pipeline." + method + "(" + string(adapter) + ", weight_name=" + string(file) + ")";
  }

  private static void sayWhereRemote(List<String> lines, String location, String what) {
    if (isRemote(location)) {
      lines.add("# diffusers reads no such place: copy " + what + " from there to a local folder");
    }
  }

  private static boolean isRemote(String location) {
    return URI.matcher(location).matches();
  }

  /** A string literal of Python. */
  private static String string(String text) {
    StringBuilder out = new StringBuilder("\"");
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '\\', '"' -> out.append('\\').appendCodePoint(c);
                case '\n' -> out.append("\\n");
                default -> {
                  if (Character.isISOControl(c)) {
                    out.append(String.format(Locale.ROOT, "\\x%02x", c));
                  } else {
                    out.appendCodePoint(c);
                  }
                }
              }
            });
    return out.append('"').toString();
  }
}
