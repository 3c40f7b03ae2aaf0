package org.sparklora.model.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.sparklora.util.InvalidInputException;

class ConfigReaderTest {
  private static ConfigReader reader(String json) throws JsonProcessingException {
    return new ConfigReader(new ObjectMapper().readTree(json), "unet/config.json");
  }

  @Test
  void readsValuesAndTakesDefaultsOfAbsentFields() throws JsonProcessingException {
    ConfigReader config =
        reader("{'a': 3, 'b': 0.5, 'c': true, 'd': 'silu', 'e': ['x', 'y']}".replace('\'', '"'));

    assertThat(config.integer("a", 1)).isEqualTo(3);
    assertThat(config.number("b", 1, 0, 1)).isEqualTo(0.5);
    assertThat(config.number("a", 1, 0, 9)).isEqualTo(3.0);
    assertThat(config.bool("c", false)).isTrue();
    assertThat(config.text("d", "")).isEqualTo("silu");
    assertThat(config.texts("e", List.of())).containsExactly("x", "y");
    assertThat(config.positive("absent", 32, 64)).isEqualTo(32);
    config.refuseUnread(Set.of());
    config.check();
  }

  @Test
  void givesEveryBlockItsValue() throws JsonProcessingException {
    ConfigReader config = reader("{\"one\": 8, \"each\": [5, 10], \"only\": [true, false]}");

    assertThat(config.integers("one", 3, 1, 99)).containsExactly(8, 8, 8);
    assertThat(config.integers("each", 2, 1, 99)).containsExactly(5, 10);
    assertThat(config.integers("each", List.of(), 99)).containsExactly(5, 10);
    assertThat(config.bools("only", 2, false)).containsExactly(true, false);
    assertThat(config.bools("absent", 2, true)).containsExactly(true, true);
    config.check();
  }

  @Test
  void givesEveryLayerOfEveryBlockItsValue() throws JsonProcessingException {
    ConfigReader config = reader("{\"nested\": [1, [2, 3]], \"one\": 4}");

    assertThat(config.nestedIntegers("nested", List.of(1, 2), 1, 9))
        .containsExactly(List.of(1), List.of(2, 3));
    assertThat(config.nestedIntegers("one", List.of(1, 2), 1, 9))
        .containsExactly(List.of(4), List.of(4, 4));
    config.check();
  }

  /** Null is Python's None there: a number's default, and false, whatever a choice's default. */
  @Test
  void takesAnExplicitNullAsDiffusersDoes() throws JsonProcessingException {
    ConfigReader config =
        reader(
            """
            {"groups": null, "eps": null, "act": null, "types": null, "each": null, "only": null,
             "nested": null, "classes": null, "upcast": null, "quant": null, "mid": null}
            """);

    assertThat(config.positive("groups", 32, 64)).isEqualTo(32);
    assertThat(config.number("eps", 1e-5, 0, 1)).isEqualTo(1e-5);
    assertThat(config.text("act", "silu")).isEqualTo("silu");
    assertThat(config.texts("types", List.of("a"))).containsExactly("a");
    assertThat(config.integers("each", 2, 8, 99)).containsExactly(8, 8);
    assertThat(config.bools("only", 2, false)).containsExactly(false, false);
    assertThat(config.nestedIntegers("nested", List.of(1), 1, 9)).containsExactly(List.of(1));
    assertThat(config.has("classes")).isFalse();
    assertThat(config.bool("upcast", false)).isFalse();
    assertThat(config.bool("quant", true)).isFalse();
    assertThat(config.isNull("mid")).isTrue();
    assertThat(config.isNull("absent")).isFalse();
    config.refuseUnread(Set.of());
    config.check();
  }

  @Test
  void reportsEveryProblemAtOnce() throws JsonProcessingException {
    ConfigReader config =
        reader(
            """
            {"_class_name": "X", "heads": [1, 2], "act_fn": "mish", "class_embed_type": "timestep",
             "new_feature": 1, "other": {"a": []}, "off": null, "dropout": 0}
            """);

    config.integers("heads", 3, 8, 99);
    config.requireDefault("act_fn", "silu", "swish");
    config.requireDefault("class_embed_type");
    config.refuseUnread(Set.of("dropout"));

    InvalidInputException error = catchThrowableOfType(InvalidInputException.class, config::check);
    assertThat(error.kind()).isEqualTo(InvalidInputException.Kind.DATA);
    assertThat(error.problems())
        .containsExactly(
            "Invalid heads: [1,2] in unet/config.json; an integer from 1 to 99 or a list of 3 is"
                + " expected",
            "Unsupported act_fn: \"mish\" in unet/config.json; supported: silu, swish, null",
            "Unsupported class_embed_type: \"timestep\" in unet/config.json; supported: null",
            "Unsupported fields in unet/config.json: new_feature=1, other={\"a\":[]}; what they do"
                + " is not known here, so the model cannot be computed faithfully");
  }

  @Test
  void letsDefaultsPass() throws JsonProcessingException {
    ConfigReader config =
        reader("{\"scale\": 1.0, \"dual\": false, \"act\": \"silu\", \"mid\": null}");

    config.requireDefault("scale", 1);
    config.requireDefault("dual", false);
    config.requireDefault("act", "silu");
    config.requireDefault("mid", false);
    config.requireDefault("absent", 3);
    config.refuseUnread(Set.of());
    config.check();
  }

  @Test
  void refusesNumbersThatAreNoneOrOutOfBounds() throws JsonProcessingException {
    ConfigReader config =
        reader(
            """
            {"big": 3000000000, "half": 1.5, "zero": 0, "inf": 1e999, "layers": 2147483647,
             "eps": -1, "text": "32", "none": [], "many": [1,1,1,1,1,1,1,1,1,1,1,1,1]}
            """);

    config.positive("big", 1, Integer.MAX_VALUE);
    config.positive("half", 1, 9);
    config.positive("zero", 1, 9);
    config.number("inf", 1, 0, 1e308);
    config.positive("layers", 1, 256);
    config.number("eps", 1, 0, 1);
    config.positive("text", 1, 9);
    config.integers("none", List.of(1), 9);
    config.integers("many", List.of(1), 9);

    InvalidInputException error = catchThrowableOfType(InvalidInputException.class, config::check);
    assertThat(error.problems())
        .hasSize(9)
        .allSatisfy(it -> assertThat(it).startsWith("Invalid "))
        .contains(
            "Invalid layers: 2147483647 in unet/config.json; an integer from 1 to 256 is expected",
            "Invalid eps: -1 in unet/config.json; a number from 0.0 to 1.0 is expected");
  }

  /** What a file's history left in it, and what is switched off, is no architecture. */
  @Test
  void letsNotesAndWhatIsSwitchedOffPass() throws JsonProcessingException {
    ConfigReader config =
        reader(
            """
            {"_class_name": "X", "_diffusers_version": "0.6", "_name_or_path": "/x", "_commit_hash": "a",
             "torch_dtype": "float16", "dtype": "float16", "transformers_version": "5", "name": "mine",
             "decay": 0.9999, "optimization_step": 10, "power": 0.75, "use_ema_warmup": true,
             "new_thing": false, "new_rate": 0.0, "new_type": "", "new_list": [], "new_map": {}}
            """);

    config.refuseUnread(Set.of());
    config.check();
  }

  @Test
  void refusesAConfigurationThatIsNoObject() {
    assertThatThrownBy(() -> reader("[1]"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("Invalid unet/config.json: it is not a JSON object");
  }
}
