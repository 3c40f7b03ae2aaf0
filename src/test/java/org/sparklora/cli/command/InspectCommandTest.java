package org.sparklora.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.cli.CommandRun;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.SmallAdapters;
import org.sparklora.lora.combine.BlockNorms;
import org.sparklora.lora.format.AdapterFormat;

class InspectCommandTest {
  @TempDir private Path folder;

  @Test
  void tellsWhatIsInAFile() throws IOException {
    Path file = folder.resolve("emoji.safetensors");
    AdapterFormat.DIFFUSERS.write(SmallAdapters.random(2, 4, 1), file);
    CommandRun run = CommandRun.of("inspect", file);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("format         diffusers")
        .contains("base model     emoji")
        .containsPattern("unet +\\d+ modules, rank 2 \\(\\d+\\), 4 \\(\\d+\\), alpha 4\n")
        .containsPattern("text_encoder +4 modules, rank 2, alpha 4\n")
        .containsPattern("unet +mid_block +\\d+ modules +\\d+\\.\\d{4}\n");
  }

  @Test
  void tellsOfDora() throws IOException {
    Adapter plain = SmallAdapters.random(2, 4, 1);
    Adapter dora = SmallAdapters.dora(plain, 1);
    Path file = folder.resolve("dora.safetensors");
    AdapterFormat.DIFFUSERS.write(dora, file);
    CommandRun run = CommandRun.of("inspect", file);
    long magnitudes = dora.modules().stream().mapToLong(m -> m.upShape()[0]).sum();
    long factors = plain.modules().stream().mapToLong(AdaptedModule::parameters).sum();
    assertThat(run.out())
        .contains("text_encoder   4 modules, rank 2, alpha 4, DoRA")
        .contains(String.format(Locale.ROOT, "%,d", factors + magnitudes));
    JsonNode report = new ObjectMapper().readTree(CommandRun.of("inspect", "--json", file).out());
    assertThat(report.at("/0/networks/1/dora").asInt()).isEqualTo(4);
  }

  @Test
  void tellsWhatIsInTheFilesOfOtherTools() {
    Path files = Path.of("src/test/resources/adapters");
    CommandRun run =
        CommandRun.of(
            "inspect",
            files.resolve("lora_disney.safetensors"),
            files.resolve("analog_svd_rank4.safetensors"),
            files.resolve("learned_embeds.bin"));
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("unet           144 modules, rank 1, alpha 1")
        .contains("learned token  <s2>, 1 vector of 768")
        .contains("values         F16")
        .containsPattern("unet +up_blocks.3 +27 modules +0.9515")
        .contains("learned token  <birb-style>, 1 vector of 768");
  }

  @Test
  void tellsWhatDependsOnTheBaseModel() throws IOException {
    Path file = Path.of("src/test/resources/relative/lycoris/adapter.safetensors");
    CommandRun run = CommandRun.of("inspect", file);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("unet           3 modules of GLoRA: rank 2 (2), rank 3 (1)")
        .contains("unet           3 modules of IA3: 64 inputs (2), 64 outputs (1)")
        .contains("16 blocks of 4, rescaled (1)")
        .contains("text_encoder   1 modules of OFT: 12 blocks of 8 (1)")
        .contains("unet           2 modules of BOFT: 4 x 8 blocks of 8, rescaled (1), 5 x 16");
    JsonNode report = new ObjectMapper().readTree(CommandRun.of("inspect", "--json", file).out());
    assertThat(report.at("/0/relative")).hasSize(6);
    assertThat(report.at("/0/relative/0/modules").asInt()).isPositive();
  }

  @Test
  void printsJson() throws IOException {
    Adapter adapter = SmallAdapters.random(2, 4, 1);
    Path file = folder.resolve("emoji.safetensors");
    AdapterFormat.DIFFUSERS.write(adapter, file);
    CommandRun run = CommandRun.of("inspect", "--json", file, file);
    JsonNode reports = new ObjectMapper().readTree(run.out());
    assertThat(reports).hasSize(2);
    JsonNode report = reports.get(0);
    assertThat(report.get("format").asText()).isEqualTo("diffusers");
    assertThat(report.get("bytes").asLong()).isEqualTo(Files.size(file));
    assertThat(report.at("/networks/0/network").asText()).isEqualTo("unet");
    assertThat(report.at("/networks/1/ranks/2").asInt()).isEqualTo(4);
    assertThat(report.at("/metadata/base_model").asText()).isEqualTo("emoji");
    BlockNorms.Block first = BlockNorms.of(adapter).get(0);
    assertThat(report.at("/blocks/0/block").asText()).isEqualTo(first.block());
    assertThat(report.at("/blocks/0/norm").asDouble()).isCloseTo(first.norm(), within(1e-12));
  }

  @Test
  void takesTheBaseModelFromTheCardBesideIt() throws IOException {
    Path file = folder.resolve("adapter.safetensors");
    Adapter adapter = SmallAdapters.random(2, 4, 1);
    adapter.metadata().clear();
    AdapterFormat.DIFFUSERS.write(adapter, file);
    assertThat(CommandRun.of("inspect", "--json", file).out()).contains("\"base_model\": null");
    Files.writeString(folder.resolve("README.md"), "---\nbase_model: my/model\n---\n# Text\n");
    assertThat(CommandRun.of("inspect", file).out()).contains("base model     my/model");
  }

  @Test
  void tellsOfTheGoodFilesAndNamesTheBadOnes() throws IOException {
    Path good = folder.resolve("good.safetensors");
    AdapterFormat.DIFFUSERS.write(SmallAdapters.random(2, 4, 1), good);
    CommandRun run = CommandRun.of("inspect", "/no/such.bin", good, "/nor/this.pt");
    assertThat(run.code()).isEqualTo(3);
    assertThat(run.out()).contains("good.safetensors");
    assertThat(run.err()).contains("/no/such.bin", "/nor/this.pt");
    assertThat(CommandRun.of("inspect").code()).isEqualTo(2);
  }
}
