package org.sparklora.util;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.gson.JsonObject;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlainJsonTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{",
        "{\"a\": 1} x",
        "{} {}",
        "{\"a\": 1, \"a\": 1}",
        "{'a': 1}",
        "{a: 1}",
        "[1,]",
        "[NaN]",
        "TRUE",
        "[01]",
        "{\"a\": \"line\nbreak\"}",
        "[1e99999999999]"
      })
  void refusesWhatIsNotJsonAndSaysWhyInOneLine(String text) {
    assertThatThrownBy(() -> PlainJson.read(text))
        .isInstanceOf(IOException.class)
        .satisfies(e -> assertThat(e.getMessage()).isNotBlank().doesNotContain("\n"));
  }

  @Test
  void refusesWhatIsNestedTooDeep() {
    assertThatThrownBy(() -> PlainJson.read("[".repeat(100_000)))
        .hasMessage("it is nested more than 100 deep");
  }

  @Test
  void tellsNumbersThatAreWhole() throws IOException {
    JsonObject read =
        PlainJson.read(
                "{\"a\": 9223372036854775807, \"b\": 9223372036854775808, \"c\": 4.0, \"d\": 4.5,"
                    + " \"e\": 1e999999, \"f\": \"4\", \"g\": -1e-999999, \"h\": null}")
            .getAsJsonObject();
    assertThat(PlainJson.whole(read.get("a"))).contains(Long.MAX_VALUE);
    assertThat(PlainJson.whole(read.get("c"))).contains(4L);
    for (String other : new String[] {"b", "d", "e", "f", "g", "h", "none"}) {
      assertThat(PlainJson.whole(read.get(other))).as(other).isEmpty();
    }
    assertThat(PlainJson.number(read.get("d"))).contains(4.5);
    assertThat(PlainJson.number(read.get("e"))).isEmpty();
    assertThat(PlainJson.text(read.get("f"))).contains("4");
    assertThat(PlainJson.text(read.get("h"))).isEmpty();
  }

  @Test
  void writesWhatOthersRead() throws IOException {
    JsonObject json = new JsonObject();
    String text = "quote \" backslash \\ line\n \u2028 \u0001 </script> \ud83d\ude00";
    json.addProperty(text, text);
    ObjectMapper other = new ObjectMapper();
    assertThat(other.readTree(json.toString()).get(text).asText()).isEqualTo(text);
    assertThat(other.readTree(PlainJson.pretty(json)).get(text).asText()).isEqualTo(text);
    assertThat(PlainJson.read(json.toString())).isEqualTo(json);
  }
}
