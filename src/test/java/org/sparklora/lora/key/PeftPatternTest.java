package org.sparklora.lora.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.util.InvalidInputException;

class PeftPatternTest {
  /** As {@code re.match(rf"(.*\\.)?({key})$", name)} says. */
  @ParameterizedTest
  @CsvSource({
    "conv1, down_blocks.0.resnets.0.conv1, true",
    "conv1, conv1, true",
    "conv1, down_blocks.0.resnets.0.myconv1, false",
    "conv, down_blocks.0.resnets.0.conv1, false",
    "mid_block.*to_v, mid_block.attentions.0.to_v, true",
    "mid_block.*to_v, up_blocks.0.to_v, false",
    "^attn1.to_q, attn1.to_q, true",
    "^attn1.to_q, a.attn1.to_q, false",
    "to_q|to_k, a.attn1.to_k, true",
  })
  void matchesAsInPeft(String key, String module, boolean matches) {
    assertThat(PeftPattern.of(key).matches(module)).isEqualTo(matches);
  }

  @Test
  void endsWhateverTheFileSays() {
    String name = "a".repeat(90) + "!";
    assertThatThrownBy(() -> PeftPattern.of("((a+)+)+b").matches(name))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Unsupported pattern ((a+)+)+b: it backtracks too often");
    assertThat(PeftPattern.of("(a|b)*").matches("a".repeat(100_000))).isFalse();
    assertThat(PeftPattern.isOne("(")).isFalse();
  }
}
