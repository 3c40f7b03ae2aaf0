package org.sparklora.cli.option;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.spark.SparkUserAppException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProcessEndTest {
  @BeforeEach
  void actAsTheApplicationMaster() {
    System.setProperty("spark.master", "yarn");
    System.setProperty("spark.submit.deployMode", "cluster");
  }

  @AfterEach
  void clear() {
    System.clearProperty("spark.master");
    System.clearProperty("spark.submit.deployMode");
  }

  @Test
  void aRunThatSucceededLeavesTheEndToYarn() {
    assertThatCode(() -> ProcessEnd.with(0)).doesNotThrowAnyException();
  }

  @Test
  void yarnIsToldTheCodeOfARunThatFailed() {
    assertThatThrownBy(() -> ProcessEnd.with(3))
        .isInstanceOfSatisfying(
            SparkUserAppException.class, e -> assertThat(e.exitCode()).isEqualTo(3));
  }
}
