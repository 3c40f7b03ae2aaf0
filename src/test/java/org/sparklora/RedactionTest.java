package org.sparklora;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedactionTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "hub_token",
        "spark.hadoop.fs.s3a.secret.key",
        "spark.hadoop.fs.s3a.access.key",
        "spark.hadoop.fs.s3a.session.token",
        "spark.ssl.keyPassword",
        "AWS_SECRET_ACCESS_KEY",
        "HF_TOKEN",
        "my_placeholder_token",
        "placeholder_token_secret",
        "initializer.token",
        "wandb_api_key"
      })
  void knowsSecretsByTheirNames(String name) {
    assertThat(Redaction.isSecret(name)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "output_dir",
        "learning_rate",
        "seed",
        "caption_column",
        "adam_beta1",
        "keep_tokens",
        "keep_tokens_separator",
        "placeholder_token",
        "placeholder_tokens",
        "placeholder_token_at_data",
        "initializer_token",
        "initializer_tokens",
        "spark.lora.placeholder_token"
      })
  void leavesOtherSettings(String name) {
    assertThat(Redaction.isSecret(name)).isFalse();
  }

  @Test
  void takesUserAndPasswordOutOfUris() {
    assertThat(Redaction.text("read s3a://KEY:SE/C@RET@bucket/a and hdfs://me@host:8020/b, a@b"))
        .isEqualTo("read s3a://bucket/a and hdfs://host:8020/b, a@b");
    assertThat(Redaction.text("s3a://KEY:S@E@bucket/a")).isEqualTo("s3a://bucket/a");
    assertThat(Redaction.hasUserInfo("s3a://bucket/a@b")).isFalse();
    assertThat(Redaction.hasUserInfo("hdfs://host:8020/a@b")).isFalse();
  }
}
