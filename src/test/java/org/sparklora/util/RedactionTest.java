package org.sparklora.util;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
        "wandb_api_key",
        "spark.hadoop.fs.azure.account.key.me.blob.core.windows.net",
        "fs.azure.sas.container.me.blob.core.windows.net",
        "fs.azure.account.oauth2.client.secret",
        "fs.s3a.encryption.key",
        "fs.s3a.server-side-encryption.key",
        "fs.gs.auth.service.account.private.key.id",
        "SharedAccessSignature",
        "accountKey",
        "AWSAccessKeyId",
        "sig",
        "X-Amz-Signature",
        "X-Amz-Credential"
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
        "dataset_key",
        "spark.lora.dataset_key",
        "max_token_length",
        "ss_max_token_length",
        "placeholder_token",
        "placeholder_tokens",
        "placeholder_token_at_data",
        "initializer_token",
        "initializer_tokens",
        "spark.lora.placeholder_token",
        "eos_token",
        "tokenizer",
        "tokenizer_2",
        "text_model.embeddings.token_embedding.weight",
        "scheduler_config",
        "spark.ssl.keyStore",
        "keyed",
        "monkey.count",
        "assignment",
        "design"
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
    assertThat(Redaction.hasUserInfo("hdfs://me@host:8020/a")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "abfss://data@account.dfs.core.windows.net/a/b@c",
        "abfs://data@account.dfs.core.windows.net:443/a",
        "WASBS://data@account.blob.core.windows.net/a",
        "wasb://data@account.blob.core.windows.net"
      })
  void aContainerOfAzureIsNoUser(String location) {
    assertThat(Redaction.hasUserInfo(location)).isFalse();
    assertThat(Redaction.text("read " + location + " and more"))
        .isEqualTo("read " + location + " and more");
  }

  @Test
  void aPasswordInAnAddressOfAzureIsOne() {
    assertThat(Redaction.text("abfss://data:KEY@account.dfs.core.windows.net/a"))
        .isEqualTo("abfss://account.dfs.core.windows.net/a");
    assertThat(Redaction.text("xabfss://user@host/a")).isEqualTo("xabfss://host/a");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET https://a.blob.core.windows.net/c/x.png?sv=2024&se=1&sig=ab%2Bc%3D&sp=r failed"
            + "|GET https://a.blob.core.windows.net/c/x.png?sv=2024&se=1&sig=***&sp=r failed",
        "s3 https://b/k?X-Amz-Algorithm=A&X-Amz-Signature=0f0f"
            + "|s3 https://b/k?X-Amz-Algorithm=A&X-Amz-Signature=***",
        "--conf spark.hadoop.fs.azure.account.key.me=abc== --rank=4"
            + "|--conf spark.hadoop.fs.azure.account.key.me=*** --rank=4",
        "--hub_token=hf_short --seed=1|--hub_token=*** --seed=1",
        "token hf_abcdefghijklmnopqrstuvwxyz0123 is invalid|token *** is invalid",
        "Authorization: Bearer eyJ.abc.def|Authorization: Bearer ***",
        "--placeholder_token=<toy> /data/token=3/x?y=1|--placeholder_token=<toy>"
            + " /data/token=3/x?y=1"
      })
  void hidesSecretsWhereverTheyStandInAText(String text, String shown) {
    assertThat(Redaction.text(text)).isEqualTo(shown);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"password\":\"x y\", \"a\": 1}|{\"password\":\"***\", \"a\": 1}",
        "{\"api_key\" : \"a\\\"b\"}|{\"api_key\" : \"***\"}",
        "{\"pin_password\": 1234}|{\"pin_password\": ***}",
        "{'token': 'ab\"c', 'b': 2}|{'token': '***', 'b': 2}",
        "\"{\\\"secret\\\": \\\"x\\\"}\"|\"{\\\"secret\\\": \\\"***\\\"}\"",
        "{\"Authorization\": \"Bearer x\", \"n\": 2}|{\"Authorization\": \"***\", \"n\": 2}",
        "password: x|password: ***",
        "a: {user: me, password: x}|a: {user: me, password: ***}",
        "db.password = \"x y\"|db.password = \"***\"",
        "password=\"x y\" a=1|password=\"***\" a=1",
        "fs.s3a.secret.key: ABC|fs.s3a.secret.key: ***",
        "X-Api-Key: abc|X-Api-Key: ***",
        "Authorization: Bearer x|Authorization: Bearer ***",
        "authorization: x y z|authorization: ***",
        "curl -H 'Authorization: Token abc' https://h/|curl -H 'Authorization: Token ***'"
            + " https://h/",
        "Proxy-Authorization: Digest username=\"u\", response=\"r\"|Proxy-Authorization: Digest"
            + " ***",
        "Cookie: session=abc; b=c|Cookie: ***",
        "BEARER abc.def|BEARER ***"
      })
  void hidesSecretsInWhatProgramsWrite(String text, String shown) {
    assertThat(Redaction.text(text)).isEqualTo(shown);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Unknown key: in_channels in unet/config.json",
        "Invalid token: \"<toy>\" is a word already",
        "{\"key\": \"train_loss\", \"eos_token\": \"<|endoftext|>\"}",
        "Missing spark.authenticate.secret: spark.authenticate is true",
        "Invalid --placeholder_token: <toy>",
        "it has no basic arithmetic and no bearer",
        "rank: 4\nkeep_tokens: 2"
      })
  void leavesSentences(String text) {
    assertThat(Redaction.text(text)).isEqualTo(text);
  }

  @Test
  void aLongTextTakesNoLongTime() {
    String text = "\"password\": \"" + "a\": \"password ".repeat(20_000);
    assertTimeout(Duration.ofSeconds(20), () -> Redaction.text(text));
  }
}
