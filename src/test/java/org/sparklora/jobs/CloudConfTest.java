package org.sparklora.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * The job definitions for EMR and Databricks hold only names that these services take. The lists of
 * names come from botocore and databricks-sdk, whose heads say of which version.
 */
class CloudConfTest {
  private static final Path EMR = Path.of("conf/emr/cluster.json");
  private static final Path DATABRICKS = Path.of("conf/databricks/job.json");
  private static final Path FIELDS = Path.of("src/test/resources/org/sparklora/jobs");

  private static JsonNode json(Path file) throws IOException {
    return new ObjectMapper().readTree(file.toFile());
  }

  private static Set<String> known(String file) throws IOException {
    return new HashSet<>(Files.readAllLines(FIELDS.resolve(file)));
  }

  /** The paths of names in a definition, as the lists write them. */
  private static List<String> unknown(JsonNode node, String path, Set<String> known) {
    List<String> unknown = new ArrayList<>();
    if (node.isArray()) {
      node.forEach(element -> unknown.addAll(unknown(element, path, known)));
    }
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      String name = path.isEmpty() ? field.getKey() : path + "." + field.getKey();
      if (known.contains(path + ".*")) {
        assertThat(field.getValue().isTextual()).as(name).isTrue();
      } else if (known.contains(name)) {
        unknown.addAll(unknown(field.getValue(), name, known));
      } else {
        unknown.add(name);
      }
    }
    return unknown;
  }

  @Test
  void definitionsHoldOnlyNamesThatTheServicesTake() throws IOException {
    Set<String> emr = known("emr-fields.txt");
    assertThat(unknown(json(EMR), "", emr)).isEmpty();
    assertThat(unknown(json(DATABRICKS), "", known("databricks-fields.txt"))).isEmpty();
    JsonNode wrong = new ObjectMapper().readTree("{\"Instances\": {\"InstanceGroup\": []}}");
    assertThat(unknown(wrong, "", emr)).containsExactly("Instances.InstanceGroup");
  }

  /** What they set of Spark is what the files for GPU nodes set, as far as it is one machine's. */
  @Test
  void settingsAreThoseOfTheFileForYarn() throws IOException {
    List<String> yarn = Files.readAllLines(Path.of("conf/spark-defaults-yarn.conf"));
    for (JsonNode configuration : json(EMR).get("Configurations")) {
      if (configuration.get("Classification").asText().equals("spark-defaults")) {
        for (Map.Entry<String, JsonNode> setting : configuration.get("Properties").properties()) {
          if (!setting.getKey().equals("spark.executor.instances")) {
            assertThat(yarn)
                .anySatisfy(
                    line ->
                        assertThat(line.split("\\s+"))
                            .containsExactly(setting.getKey(), setting.getValue().asText()));
          }
        }
      }
    }
  }

  @Test
  void filesSayThatTheyHaveNotRun() throws IOException {
    assertThat(json(EMR).get("Name").asText()).contains("not run on EMR");
    assertThat(json(DATABRICKS).get("description").asText()).startsWith("Not run on Databricks");
    assertThat(Path.of("conf/emr/libtorch.bash")).content().contains("Not run on EMR");
    assertThat(Path.of("conf/databricks/libtorch.bash")).content().contains("Not run on");
    assertThat(Path.of("conf/databricks/train.py")).content().contains("Not run on Databricks");
  }
}
