package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Adapters that could be read as something else than they are: refused, and nothing written. */
@Tag("long")
class HostileAdaptersTest {
  private static final String LAYER =
      "base_model.model.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q";

  /** An update of rank 2, 64 bytes of zeros. */
  private static final String TENSORS =
      "tensors:{\""
          + LAYER
          + ".lora_A.weight\":{\"dtype\":\"F32\",\"shape\":[2,4],\"data_offsets\":[0,32]},\""
          + LAYER
          + ".lora_B.weight\":{\"dtype\":\"F32\",\"shape\":[4,2],\"data_offsets\":[32,64]}}";

  @TempDir private Path folder;
  private Path adapter;

  @BeforeEach
  void write() throws IOException, InterruptedException {
    adapter = folder.resolve("adapter");
    HostileFile.put(TENSORS, tensors());
    HostileFile.put("text:{\"peft_type\": \"LORA\", \"r\": 2, \"lora_alpha\": 4}", config());
  }

  private Path tensors() {
    return adapter.resolve("adapter_model.safetensors");
  }

  private Path config() {
    return adapter.resolve("adapter_config.json");
  }

  @Test
  void theOneThatTheOthersAreMadeOfIsRead() {
    assertThat(CommandRun.of("inspect", adapter).code()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          r=8                       | its settings say rank 8
          r=0                       | r is 0 and lora_alpha 4, both must be numbers
          rank_pattern={"to_q": 4}  | its settings say rank 4
          peft_type="OFT"           | Unsupported peft_type
          peft_type="LOKR"          | r is 2 and alpha null, both must be numbers
          peft_type=[]              | Unsupported peft_type
          layer_replication=[[0,1]] | Unsupported layer_replication
          lora_alpha=0              | it must be a finite number other than zero
          lora_alpha=1e308          | it must be a finite number other than zero
          lora_alpha=NaN            | not valid JSON: it is malformed
          lora_alpha="4"            | both must be numbers
          use_dora=true             | has no lora_magnitude_vector
          """)
  void settingsOfAnotherAdapterAreRefused(String change, String message)
      throws IOException, InterruptedException {
    HostileFile.put("json:" + change, config());
    Refusal.require(folder, 3, message, List.of("inspect", adapter.toString()));
    Refusal.require(folder, 3, message, convert());
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void valuesThatAreNotFiniteAreRefusedWhereTheyAreUsed(float value) throws IOException {
    byte[] file = Files.readAllBytes(tensors());
    ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putFloat(file.length - 4, value);
    Files.write(tensors(), file);
    String message = "have values that are not finite";
    Refusal.require(folder, 3, message, convert());
    Refusal.require(
        folder,
        3,
        message,
        List.of(
            "generate",
            "--pretrained_model_name_or_path=" + SmallRun.MODEL,
            "--prompt=x",
            "--adapter=" + adapter,
            "--output_dir=" + folder.resolve("out")));
    List<String> train = new ArrayList<>(List.of("train"));
    train.addAll(SmallRun.flags(SmallRun.MODEL, SmallRun.DATA, 4, folder.resolve("out")));
    train.addAll(List.of("--master=local[1]", "--init_lora=" + adapter));
    Refusal.require(folder, 3, message, train);
    assertThat(CommandRun.of("inspect", adapter).code()).as("shows them").isZero();
  }

  private List<String> convert() {
    return List.of(
        "convert",
        adapter.toString(),
        "--format=kohya",
        "--output_dir=" + folder.resolve("converted"));
  }
}
