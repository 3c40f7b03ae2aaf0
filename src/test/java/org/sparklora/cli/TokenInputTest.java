package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is wrong with tokens to learn is said before any work. */
class TokenInputTest {
  @TempDir private Path folder;

  @Test
  void aTokenTheTokenizerHasAndAnInitializerOfSeveralTokens() {
    CommandRun run =
        textualInversion("--placeholder_token=cat</w>", "--initializer_token=catdog toy");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err())
        .contains("Invalid token: \"cat</w>\" is in the tokenizer already; choose another one")
        .contains("Invalid initializer token: \"catdog toy\" is 3 tokens")
        .contains("give a word that is one");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void oneTokenTwice() {
    CommandRun run =
        pivotalTuning("--placeholder_tokens=<s1>|<s1>", "--initializer_tokens=cat|red");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("Invalid token: \"<s1>\" is given twice");
  }

  @Test
  void namesThatNoFileWouldBeReadBackWith() {
    CommandRun run = textualInversion("--placeholder_token=emb_params", "--initializer_token=cat");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("Invalid --placeholder_token: emb_params");
    run = pivotalTuning("--placeholder_tokens=<s1>|unet", "--initializer_tokens=cat|red");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("Invalid --placeholder_tokens: unet");
  }

  @Test
  void layersThatTheFileOfUpdatesAndTokensCannotHold() {
    CommandRun run =
        pivotalTuning(
            "--placeholder_tokens=<s1>",
            "--initializer_tokens=cat",
            "--lora_target_modules=re:mid_block.*proj_in");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("Unsupported in format cloneofsimo");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  private CommandRun textualInversion(String token, String initializer) {
    return run("textual-inversion", token, initializer, "--num_vectors=1");
  }

  private CommandRun pivotalTuning(String tokens, String initializers, String... more) {
    return run("pivotal-tuning", tokens, initializers, more.length == 0 ? "--seed=0" : more[0]);
  }

  private CommandRun run(String command, String tokens, String initializers, String more) {
    return CommandRun.of(
        command,
        "--pretrained_model_name_or_path=" + SmallRun.MODEL,
        "--dataset_name=" + SmallRun.DATA,
        "--output_dir=" + folder.resolve("out"),
        tokens,
        initializers,
        more);
  }
}
