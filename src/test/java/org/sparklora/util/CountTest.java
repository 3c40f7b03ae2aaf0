package org.sparklora.util;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CountTest {
  @Test
  void oneIsNotMany() {
    assertThat(Count.of(0, "picture")).isEqualTo("0 pictures");
    assertThat(Count.of(1, "picture")).isEqualTo("1 picture");
    assertThat(Count.of(2, "picture")).isEqualTo("2 pictures");
  }
}
