package org.sparklora.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The base model's {@code scheduler_config.json} with the corrections of diffusers' pipelines.
 * Stable Diffusion was trained with timesteps offset by one and with latents that are not clipped.
 * Old files that say otherwise, or nothing, are corrected.
 */
final class BaseScheduler {
  private static final Logger LOG = LoggerFactory.getLogger(BaseScheduler.class);
  private static final Map<String, JsonNode> TRAINED =
      Map.of("steps_offset", IntNode.valueOf(1), "clip_sample", BooleanNode.FALSE);

  private BaseScheduler() {}

  /**
   * The corrected configuration.
   *
   * @param scheduler the class that will be made from it; values that the file leaves out are
   *     defaults of its own class, and another class does not take them over
   */
  static ObjectNode corrected(JsonNode file, String scheduler) {
    ObjectNode config = file.deepCopy();
    boolean ownClass = scheduler.equals(file.path("_class_name").asText());
    TRAINED.forEach(
        (key, value) -> {
          JsonNode said = file.path(key);
          if (said.isMissingNode() ? ownClass : !said.equals(value)) {
            if (!said.isMissingNode()) {
              LOG.warn(
                  "The base model's scheduler_config.json has {} {}: {} is used", key, said, value);
            }
            config.set(key, value);
          }
        });
    return config;
  }
}
